package dev.moorgate.dataplane.forward.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.AppCookie;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Mode AppCookie: a client stays where the application set its cookie, from then on and until it deletes it. */
class FollowedSessionTest {
    private static final StickySession SESSION = Sticky.plain()
            .beginning(List.of(), Optional.of(new AppCookie("JSESSIONID", Optional.of(Duration.ofHours(1)))));

    /** Sets its cookie at /login, deletes it at /logout, and says its name. */
    private static ScriptedUpstream application(String name) {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                String cookie = head.startsWith("GET /login")
                        ? "Set-Cookie: JSESSIONID=of-" + name + "; Path=/; HttpOnly\r\n"
                        : head.startsWith("GET /logout")
                                ? "Set-Cookie: JSESSIONID=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                                : "";
                connection.send(
                        "HTTP/1.1 200 OK\r\n" + cookie + "Content-Length: " + name.length() + "\r\n\r\n" + name);
            }
        });
    }

    private static Answer get(RawClient client, String path, String cookies) {
        client.sendHead("GET " + path + " HTTP/1.1", "Host: a", "Cookie: " + cookies);
        return client.readAnswer();
    }

    /** Our cookie, of the answer's two. */
    private static String ours(Answer answer) {
        assertThat(answer.fields("set-cookie")).hasSize(2);
        return answer.fields("set-cookie").stream()
                .filter(line -> line.startsWith("mg="))
                .findFirst()
                .orElseThrow()
                .split(";", 2)[0];
    }

    @Test
    void aClientThatLoggedInStaysUntilItLogsOut() {
        try (var one = application("one");
                var two = application("two");
                var three = application("three");
                var proxy = ProxyUnderTest.start(Sticky.to(SESSION, one, two, three));
                var client = proxy.connect()) {
            Set<String> before = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                Answer answer = client.get("/");
                before.add(answer.body());
                assertThat(answer.has("set-cookie")).isFalse();
            }
            assertThat(before).hasSize(3);
            Answer login = client.get("/login");
            String both = "JSESSIONID=of-" + login.body() + "; " + ours(login);
            assertThat(login.field("cache-control")).isEqualTo("private");
            for (int i = 0; i < 6; i++) {
                Answer answer = get(client, "/", both);
                assertThat(answer.body()).isEqualTo(login.body());
                assertThat(answer.has("set-cookie")).isFalse();
            }

            Answer logout = get(client, "/logout", both);

            assertThat(logout.body()).isEqualTo(login.body());
            assertThat(logout.fields("set-cookie"))
                    .anySatisfy(line -> assertThat(line).startsWith("mg=; Max-Age=0; Path=/"));
            ScriptedUpstream home =
                    login.body().equals("one") ? one : login.body().equals("two") ? two : three;
            assertThat(home.requests().getLast())
                    .contains("Cookie: JSESSIONID=of-" + login.body() + "\r\n")
                    .as("stripFromUpstream")
                    .doesNotContain("mg=");
        }
    }

    @Test
    void aSecondReplicaFindsTheSameEndpoint() {
        try (var one = application("one");
                var two = application("two");
                var proxy = ProxyUnderTest.start(Sticky.to(SESSION, one, two));
                var replica = ProxyUnderTest.start(Sticky.to(SESSION, one, two));
                var client = proxy.connect();
                var other = replica.connect()) {
            for (int i = 0; i < 4; i++) {
                Answer login = client.get("/login");
                String both = "JSESSIONID=of-" + login.body() + "; " + ours(login);
                assertThat(get(other, "/", both).body()).isEqualTo(login.body());
            }
            String unknown = get(client, "/", "JSESSIONID=from-before").body();
            for (int i = 0; i < 4; i++) {
                assertThat(get(other, "/", "JSESSIONID=from-before").body()).isEqualTo(unknown);
            }
        }
    }

    @Test
    void aSessionWhoseApplicationIsGoneGoesToAnotherAndStaysWithWhatThatOneSets() {
        try (var one = application("one");
                var two = application("two");
                var proxy = ProxyUnderTest.start(Sticky.to(SESSION, one, two));
                var client = proxy.connect()) {
            Answer login = client.get("/login");
            while (!login.body().equals("two")) {
                login = client.get("/login");
            }
            proxy.install(Sticky.to(SESSION, one));
            Answer moved = get(client, "/login", "JSESSIONID=of-two; " + ours(login));
            assertThat(moved.body()).isEqualTo("one");
            String both = "JSESSIONID=of-one; " + ours(moved);
            proxy.install(Sticky.to(SESSION, one, two));
            for (int i = 0; i < 4; i++) {
                assertThat(get(client, "/", both).body()).isEqualTo("one");
            }
        }
    }

    @Test
    void aRetryBeginsTheSessionWhereItWasAnswered() {
        try (var two = application("two");
                var proxy = ProxyUnderTest.start(refusing(two.port()));
                var client = proxy.connect()) {
            for (int i = 0; i < 4; i++) {
                Answer login = client.get("/login");
                assertThat(login.body()).isEqualTo("two");
                assertThat(get(client, "/", "JSESSIONID=of-two; " + ours(login)).body())
                        .isEqualTo("two");
            }
        }
    }

    /** An endpoint that refuses every connection, and one that does not. */
    private static Setup refusing(int port) {
        Setup first = Sticky.to(SESSION);
        return Setup.toPorts(ScriptedUpstream.refusedPort(), port)
                .upstream(first.table().upstreams().getFirst())
                .session(SESSION, first.table().keyRings().getFirst());
    }

    @Test
    void aSessionIsFollowedOverHttp2Too() {
        try (var one = application("one");
                var two = application("two");
                var proxy = ProxyUnderTest.start(Sticky.to(SESSION, one, two));
                var client = Http2TestClient.to(proxy)) {
            Http2TestClient.Answer login = client.get("/login");
            String home = login.body();
            String ours = login.fields()
                    .lines()
                    .filter(line -> line.startsWith("set-cookie: mg="))
                    .findFirst()
                    .orElseThrow()
                    .substring("set-cookie: ".length())
                    .split(";", 2)[0];
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/", "cookie: JSESSIONID=of-" + home + "; " + ours)
                                .body())
                        .isEqualTo(home);
            }
        }
    }

    @Test
    void noiseOfUpToEightKibibytesIsServedAndMayLogIn() {
        try (var one = application("one");
                var two = application("two");
                var proxy = ProxyUnderTest.start(Sticky.to(SESSION, one, two));
                var client = proxy.connect()) {
            Random random = new Random(5);
            for (int length : new int[] {0, 1, 2, 3, 10, 96, 112, 127, 128, 129, 1_000, 4_000, 7_900}) {
                StringBuilder noise = new StringBuilder();
                for (int i = 0; i < length; i++) {
                    noise.append((char) (0x3e + random.nextInt(0x40)));
                }
                Answer answer = get(client, "/", "mg=" + noise + "; JSESSIONID=x" + length);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.has("set-cookie")).isFalse();
                Answer login = get(client, "/login", "mg=v2.k1." + noise + "; JSESSIONID=x");
                assertThat(get(client, "/", "JSESSIONID=of-" + login.body() + "; " + ours(login))
                                .body())
                        .isEqualTo(login.body());
            }
        }
    }
}
