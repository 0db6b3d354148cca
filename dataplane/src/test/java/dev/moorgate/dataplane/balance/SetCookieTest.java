package dev.moorgate.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.SessionUse.Transport;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.StickySession.SameSite;
import dev.moorgate.routetable.StickySession.Secure;
import dev.moorgate.routetable.StickySession.Token;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a response says of a session, and what a request no longer says of it. */
class SetCookieTest {
    private final Sessions.Clock clock = new Sessions.Clock();
    private final StickySessions sessions = Sessions.instance(clock);

    @ParameterizedTest(name = "{0} on {1}: Secure {2}")
    @CsvSource({
        "AUTO, TLS,   true",
        "AUTO, CLEAR, false",
        "ON,   TLS,   true",
        "ON,   CLEAR, true",
        "OFF,  TLS,   false",
        "OFF,  CLEAR, false",
    })
    void secureFollowsPolicyAndTransport(Secure secure, Transport transport, boolean expected) {
        var cookie =
                new Token.Cookie("moor", "/", Optional.empty(), secure, true, SameSite.LAX, false, Optional.empty());

        assertThat(setCookie(Sessions.session("s").token(cookie), transport, 0))
                .isEqualTo("moor=TOKEN; Path=/" + (expected ? "; Secure" : "") + "; HttpOnly; SameSite=Lax");
    }

    @Test
    void allAttributesAreWritten() {
        var cookie = new Token.Cookie(
                "moor",
                "/cart",
                Optional.of("shop.example"),
                Secure.ON,
                false,
                SameSite.NONE,
                true,
                Optional.of(Duration.ofHours(1)));
        Sessions.Builder session = Sessions.session("s").token(cookie);

        assertThat(setCookie(session, Transport.TLS, 0))
                .isEqualTo(
                        "moor=TOKEN; Max-Age=3600; Path=/cart; Domain=shop.example; Secure; SameSite=None; Partitioned");
        assertThat(setCookie(session, Transport.TLS, 3_000)).contains("; Max-Age=600;");
    }

    @Test
    void theTwinBringsTheSameTokenFromOtherSitesAndOnlyOverTls() {
        Sessions.Builder session = Sessions.session("s").twin("moor-cors");

        assertThat(Heads.values(write(session, Heads.response(200), Transport.CLEAR, 0), "set-cookie"))
                .hasSize(1);
        List<String> both = Heads.values(write(session, Heads.response(200), Transport.TLS, 0), "set-cookie");

        assertThat(both).hasSize(2);
        String token =
                both.getFirst().substring("moor=".length(), both.getFirst().indexOf(';'));
        assertThat(both.getFirst()).isEqualTo("moor=" + token + "; Path=/; Secure; HttpOnly; SameSite=Lax");
        assertThat(both.getLast()).isEqualTo("moor-cors=" + token + "; Path=/; Secure; HttpOnly; SameSite=None");
    }

    @Test
    void theTwinIsReadAndTakenOutLikeTheFirst() {
        Sessions.Builder session = Sessions.session("s").twin("moor-cors").stripped();
        String made = Heads.values(write(session, Heads.response(200), Transport.TLS, 0), "set-cookie")
                .getLast();
        RequestHead head =
                Heads.get("h", "/", "Cookie: a=1; " + made.substring(0, made.indexOf(';')) + "; moor=x; b=2");

        assertThat(policy(session).read(head, Sessions.START).token()).isNotNull();
        assertThat(policy(Sessions.session("s")).read(head, Sessions.START).token())
                .isNull();
        assertThat(Heads.values(strip(session, head), "cookie")).containsExactly("a=1; b=2");
    }

    @Test
    void aHeaderCarriesTheTokenAlone() {
        ResponseHead head = Heads.response(200);

        String written = write(Sessions.session("s").token(new Token.Header("X-Session")), head, Transport.TLS, 0);

        assertThat(Heads.values(written, "x-session"))
                .singleElement()
                .asString()
                .matches("v1\\.k1\\.[\\w-]{96}");
        assertThat(Heads.values(written, "set-cookie")).isEmpty();
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "                             | private",
                "max-age=60                   | private, max-age=60",
                "public, s-maxage=60, max-age=5 | private, max-age=5",
                "no-store                     | no-store",
                "Private, max-age=3           | Private, max-age=3",
            })
    void responsesWithATokenAreKeptOutOfSharedCaches(String said, String expected) {
        ResponseHead head = said == null ? Heads.response(200) : Heads.response(200, "Cache-Control: " + said);

        String written = write(Sessions.session("s"), head, Transport.TLS, 0);

        assertThat(Heads.values(written, "cache-control")).containsExactly(expected);
    }

    @Test
    void withoutANewTokenTheResponseIsLeftAlone() {
        ResponseHead head = Heads.response(200, "Cache-Control: public");
        HeadWriter out = new HeadWriter().startResponse(head);

        policy(Sessions.session("s")).use(SessionOutcome.RESUMED).write(head, Transport.TLS, out);

        assertThat(Heads.written(out.copyFields(head))).isEqualTo("HTTP/1.1 200 X\r\nCache-Control: public\r\n\r\n");
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a=1; moor=x; b=2 | a=1; b=2",
                "moor=x           | ",
                "moor=x; moor=y; a=1 | a=1",
                "a=1              | a=1",
                "xmoor=1; moorx=2 | xmoor=1; moorx=2",
            })
    void theTokenIsTakenOutOfTheRequestWhereAsked(String cookies, String expected) {
        RequestHead head = Heads.get("h", "/", "Cookie: " + cookies, "Accept: *");
        String written = strip(Sessions.session("s").stripped(), head);

        if (expected == null) {
            assertThat(Heads.values(written, "cookie")).isEmpty();
        } else {
            assertThat(Heads.values(written, "cookie")).containsExactly(expected);
        }
        assertThat(strip(Sessions.session("s"), Heads.get("h", "/", "Cookie: " + cookies)))
                .contains(cookies);
    }

    @Test
    void theHeaderIsTakenOutInAnyCase() {
        Sessions.Builder session =
                Sessions.session("s").token(new Token.Header("X-Session")).stripped();

        String written = strip(session, Heads.get("h", "/", "x-SESSION: one", "X-Session: two", "X-Other: 3"));

        assertThat(written).doesNotContainIgnoringCase("x-session").contains("X-Other: 3");
    }

    private String strip(Sessions.Builder session, RequestHead head) {
        HeadWriter out = new HeadWriter().startRequest(head);
        policy(session).use(SessionOutcome.RESUMED).strip(head, out);
        return Heads.written(out.copyFields(head));
    }

    private String setCookie(Sessions.Builder session, Transport transport, long age) {
        String written = write(session, Heads.response(200), transport, age);
        return Heads.values(written, "set-cookie").getFirst().replaceFirst("=v1[^;]*", "=TOKEN");
    }

    private String write(Sessions.Builder session, ResponseHead head, Transport transport, long age) {
        SessionToken token =
                new SessionToken(1, new SessionToken.Bound(2, 3), 4, Sessions.START - age, Sessions.START, (short) 0);
        HeadWriter out = new HeadWriter().startResponse(head);
        policy(session).use(SessionOutcome.NEW, token, Sessions.START).write(head, transport, out);
        return Heads.written(out.copyFields(head));
    }

    private SessionPolicy policy(Sessions.Builder session) {
        return sessions.policy(session.made(), Sessions.ring("k1"));
    }
}
