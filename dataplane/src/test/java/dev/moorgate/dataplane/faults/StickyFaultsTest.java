package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** D4 to D7: whatever a client makes of its token, it is served; a bad one is answered with a new one. */
class StickyFaultsTest {

    private static StickySession session(String id, Draining onDraining) {
        return new StickySession(
                id,
                Setup.SOURCE,
                new Token.Cookie(
                        "moor",
                        "/",
                        Optional.empty(),
                        StickySession.Secure.AUTO,
                        true,
                        StickySession.SameSite.LAX,
                        false,
                        Optional.empty()),
                StickySession.Binding.POD_UID,
                "release",
                Optional.empty(),
                Optional.empty(),
                StickySession.Unhealthy.REBALANCE,
                Duration.ofSeconds(3),
                onDraining,
                StickySession.EmptyPool.REPOOL,
                StickySession.ZeroWeight.NO_NEW_SESSIONS,
                false,
                true);
    }

    private static RouteTable table(Setup setup, StickySession session, String... kids) {
        List<SessionKey> keys = new ArrayList<>();
        for (String kid : kids) {
            byte[] secret = new byte[32];
            new Random(kid.hashCode()).nextBytes(secret);
            keys.add(new SessionKey(kid, new Redacted(Base64.getEncoder().encodeToString(secret))));
        }
        RouteTable plain = setup.table();
        Upstream all = plain.upstreams().getFirst();
        var sticky = new Upstream(
                all.name(),
                all.source(),
                all.protocol(),
                all.balancing(),
                Optional.of(session.id()),
                all.healthCheck(),
                all.outlierDetection(),
                all.limits(),
                all.tls());
        return new RouteTable(
                plain.settings(),
                plain.listeners(),
                List.of(sticky),
                List.of(session),
                List.of(),
                List.of(new KeyRing("release", keys)));
    }

    /** Two endpoints that answer with their names. */
    private static final class Moored implements AutoCloseable {
        final ScriptedUpstream one = ScriptedUpstream.answering("one");
        final ScriptedUpstream two = ScriptedUpstream.answering("two");
        final Setup setup = Setup.to(one, two);
        final ProxyUnderTest proxy =
                ProxyUnderTest.start(table(setup, session("shop/basket", Draining.KEEP), "k1"), setup.endpoints());
        final RawClient client = proxy.connect();

        Answer get(String... cookies) {
            var head = new StringBuilder("GET / HTTP/1.1\r\nHost: a\r\n");
            for (String cookie : cookies) {
                head.append("Cookie: ").append(cookie).append("\r\n");
            }
            client.send(head.append("\r\n").toString());
            return client.readAnswer();
        }

        /** A token that is bound to the endpoint that answers {@code home}. */
        String token(String home) {
            for (int i = 0; i < 4; i++) {
                Answer answer = get();
                if (answer.body().equals(home)) {
                    return given(answer);
                }
            }
            throw new AssertionError("never at " + home);
        }

        void staysAt(String home, String token) {
            for (int i = 0; i < 4; i++) {
                Answer answer = get("moor=" + token);
                assertThat(answer.body()).isEqualTo(home);
                assertThat(answer.fields("Set-Cookie")).isEmpty();
            }
        }

        void endpoints(Endpoint... endpoints) {
            proxy.install(
                    table(setup, session("shop/basket", Draining.KEEP), "k1"),
                    new EndpointTable(
                            List.of(new EndpointTable.UpstreamEndpoints(Setup.UPSTREAM, List.of(endpoints)))));
        }

        @Override
        public void close() {
            client.close();
            proxy.close();
            one.close();
            two.close();
        }
    }

    private static String given(Answer answer) {
        String cookie = answer.field("Set-Cookie");
        assertThat(cookie).startsWith("moor=v1.").contains("HttpOnly", "SameSite=Lax", "Path=/");
        return cookie.substring("moor=".length(), cookie.indexOf(';'));
    }

    @Test
    void everyFlippedByteOfATokenIsNoticedAndTheClientIsServed() {
        try (var moored = new Moored()) {
            String token = moored.token("two");
            moored.staysAt("two", token);
            int known = moored.proxy.exchanges().size();
            for (int i = 0; i < token.length(); i++) {
                char other = token.charAt(i) == 'A' ? 'B' : 'A';
                Answer answer = moored.get("moor=" + token.substring(0, i) + other + token.substring(i + 1));
                assertThat(answer.status()).as("byte " + i).isEqualTo(200);
                assertThat(given(answer)).as("byte " + i).isNotEqualTo(token);
            }
            assertThat(moored.proxy.exchanges())
                    .hasSize(known + token.length())
                    .allMatch(exchange -> exchange.reason() == null);
            moored.staysAt("two", token);
        }
    }

    static final List<Arguments> BAD = List.of(
            argumentSet("D4 empty", ""),
            argumentSet("D4 only the version", "v1."),
            argumentSet("D4 another version", "v2.k1.AAAA"),
            argumentSet("D4 8 kB", "A".repeat(8_000)),
            argumentSet("D4 dots", "....."),
            argumentSet("D4 an address in clear", "127.0.0.1:8080"),
            argumentSet("D4 quoted", "\"v1.k1.AAAA\""),
            argumentSet("D4 not base64", "v1.k1." + "!".repeat(96)),
            argumentSet("D4 zeros", "v1.k1." + "A".repeat(96)),
            argumentSet("D4 unknown key", "v1.k9." + "A".repeat(96)),
            argumentSet("D4 outside ASCII", "v1.k1." + "\u00e4".repeat(96)));

    @ParameterizedTest
    @FieldSource("BAD")
    void anyOtherTextIsAnsweredWithANewToken(String text) {
        try (var moored = new Moored()) {
            Answer answer = moored.get("moor=" + text);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(moored.get("moor=" + given(answer)).body()).isEqualTo(answer.body());
        }
    }

    @Test
    void everyCutTokenIsAnsweredWithANewOne() {
        try (var moored = new Moored()) {
            String token = moored.token("one");
            for (int i = 0; i < token.length(); i++) {
                assertThat(given(moored.get("moor=" + token.substring(0, i)))).isNotEqualTo(token);
                given(moored.get("moor=" + token + token.charAt(i)));
            }
        }
    }

    @Test
    void aTokenNamesNoAddress() {
        try (var moored = new Moored()) {
            String token = moored.token("one");
            byte[] sealed = Base64.getUrlDecoder().decode(token.substring("v1.k1.".length()));
            assertThat(new String(sealed, java.nio.charset.StandardCharsets.ISO_8859_1))
                    .doesNotContain("127.0.0.1", "app-0", "app-1");
        }
    }

    @Test
    void aTokenOfAnotherPolicyIsWorthless() {
        try (var moored = new Moored()) {
            String token = moored.token("one");
            moored.proxy.install(
                    table(moored.setup, session("shop/other", Draining.KEEP), "k1"), moored.setup.endpoints());
            assertThat(given(moored.get("moor=" + token))).isNotEqualTo(token);
        }
    }

    @Test
    void oldKeysVerifyTheNewestSignsAndOthersAreWorthless() {
        try (var moored = new Moored()) {
            String token = moored.token("two");
            StickySession session = session("shop/basket", Draining.KEEP);
            moored.proxy.install(table(moored.setup, session, "k2", "k1"), moored.setup.endpoints());
            Answer rotated = moored.get("moor=" + token);
            assertThat(rotated.body()).isEqualTo("two");
            String renewed = given(rotated);
            assertThat(renewed).startsWith("v1.k2.");
            moored.proxy.install(table(moored.setup, session, "k2"), moored.setup.endpoints());
            moored.staysAt("two", renewed);
            assertThat(given(moored.get("moor=" + token))).startsWith("v1.k2.").isNotEqualTo(renewed);
        }
    }

    @Test
    void replicasWithTheSameKeysAgree() {
        try (var moored = new Moored();
                var replica = ProxyUnderTest.start(
                        table(moored.setup, session("shop/basket", Draining.KEEP), "k1"), moored.setup.endpoints());
                var client = replica.connect()) {
            for (String home : List.of("one", "two")) {
                client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: moor=" + moored.token(home));
                Answer answer = client.readAnswer();
                assertThat(answer.body()).isEqualTo(home);
                assertThat(answer.fields("Set-Cookie")).isEmpty();
            }
        }
    }

    @Test
    void aSessionWhoseEndpointIsGoneMovesOnce() {
        try (var moored = new Moored()) {
            String token = moored.token("one");
            moored.endpoints(Setup.endpoint("app-1", moored.two.port()));
            Answer answer = moored.get("moor=" + token);
            assertThat(answer.body()).isEqualTo("two");
            moored.staysAt("two", given(answer));
        }
    }

    @Test
    void aSessionWhoseEndpointFailsItsCheckMovesOnce() {
        try (var moored = new Moored()) {
            String token = moored.token("one");
            moored.proxy.endpoint(Setup.UPSTREAM, "app-0").checkFailed();
            Answer answer = moored.get("moor=" + token);
            assertThat(answer.body()).isEqualTo("two");
            String moved = given(answer);
            moored.proxy.endpoint(Setup.UPSTREAM, "app-0").checkPassed();
            moored.staysAt("two", moved);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSessionWhoseEndpointDrainsStaysOrMovesAsThePolicySays(Draining onDraining) {
        try (var moored = new Moored()) {
            String token = moored.token("one");
            Endpoint draining = Setup.draining(Setup.endpoint("app-0", moored.one.port()));
            moored.proxy.install(
                    table(moored.setup, session("shop/basket", onDraining), "k1"),
                    new EndpointTable(List.of(new EndpointTable.UpstreamEndpoints(
                            Setup.UPSTREAM, List.of(draining, Setup.endpoint("app-1", moored.two.port()))))));
            assertThat(moored.get().body()).isEqualTo("two");
            if (onDraining == Draining.KEEP) {
                moored.staysAt("one", token);
            } else {
                Answer answer = moored.get("moor=" + token);
                assertThat(answer.body()).isEqualTo("two");
                moored.staysAt("two", given(answer));
            }
        }
    }

    static final List<Arguments> FLAGS = List.of(
            argumentSet(
                    "D7 auto", StickySession.Secure.AUTO, true, StickySession.SameSite.LAX, "HttpOnly", "SameSite=Lax"),
            argumentSet(
                    "D7 always",
                    StickySession.Secure.ON,
                    true,
                    StickySession.SameSite.STRICT,
                    "Secure; HttpOnly",
                    "SameSite=Strict"),
            argumentSet("D7 open", StickySession.Secure.OFF, false, StickySession.SameSite.NONE, "", "SameSite=None"));

    @ParameterizedTest
    @FieldSource("FLAGS")
    void theCookieHasTheFlagsOfItsPolicy(
            StickySession.Secure secure, boolean httpOnly, StickySession.SameSite sameSite, String flags, String site) {
        StickySession plain = session("shop/basket", Draining.KEEP);
        var session = new StickySession(
                plain.id(),
                plain.source(),
                new Token.Cookie("moor", "/", Optional.empty(), secure, httpOnly, sameSite, false, Optional.empty()),
                plain.binding(),
                plain.keyRing(),
                plain.absoluteTimeout(),
                plain.idleTimeout(),
                plain.onUnhealthy(),
                plain.unhealthyWait(),
                plain.onDraining(),
                plain.onEmptyPool(),
                plain.onZeroWeight(),
                plain.stripFromUpstream(),
                plain.noStore());
        try (var moored = new Moored()) {
            moored.proxy.install(table(moored.setup, session, "k1"), moored.setup.endpoints());
            String cookie = moored.get().field("Set-Cookie");
            String wanted = "; Path=/; " + (flags.isEmpty() ? "" : flags + "; ") + site;
            assertThat(cookie.substring(cookie.indexOf(';'))).isEqualTo(wanted);
        }
    }

    @Test
    void aKeyThatSignsNoMoreVerifiesForAsLongAsTheRingHoldsIt() {
        try (var moored = new Moored()) {
            String token = moored.token("two");
            for (String newest : List.of("k2", "k3", "k4")) {
                moored.proxy.install(
                        table(moored.setup, session("shop/basket", Draining.KEEP), newest, "k1"),
                        moored.setup.endpoints());
                assertThat(moored.get("moor=" + token).body()).isEqualTo("two");
            }
        }
    }

    @Test
    void ofTwoCookiesTheFirstGoodOneCounts() {
        try (var moored = new Moored()) {
            String one = moored.token("one");
            String two = moored.token("two");
            assertThat(moored.get("moor=bad; moor=" + two + "; moor=" + one).body())
                    .isEqualTo("two");
            assertThat(moored.get("moor=" + one + "x", "a=b; moor=" + one, "moor=" + two)
                            .body())
                    .isEqualTo("one");
            moored.staysAt("one", one + "; moor=" + two);
        }
    }
}
