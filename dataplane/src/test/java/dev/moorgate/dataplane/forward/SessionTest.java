package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final KeyRing KEYS = new KeyRing(
            "ring",
            List.of(new KeyRing.SessionKey(
                    "k1", new Redacted(Base64.getEncoder().encodeToString(new byte[32])))));
    private static final StickySession SESSION = new StickySession(
            "cart",
            Setup.SOURCE,
            new StickySession.Token.Cookie(
                    "mg",
                    "/",
                    Optional.empty(),
                    StickySession.Secure.AUTO,
                    true,
                    StickySession.SameSite.LAX,
                    false,
                    Optional.empty()),
            StickySession.Binding.POD_UID,
            "ring",
            Optional.empty(),
            Optional.empty(),
            StickySession.Unhealthy.REBALANCE,
            Duration.ZERO,
            StickySession.Draining.KEEP,
            StickySession.EmptyPool.FAIL,
            StickySession.ZeroWeight.NO_NEW_SESSIONS,
            true,
            true);

    private static Setup sticky(ScriptedUpstream... upstreams) {
        Upstream plain = Upstream.http(Setup.UPSTREAM, Setup.SOURCE);
        return Setup.to(upstreams)
                .upstream(new Upstream(
                        plain.name(),
                        plain.source(),
                        plain.protocol(),
                        plain.balancing(),
                        Optional.of("cart"),
                        plain.healthCheck(),
                        plain.outlierDetection(),
                        plain.limits(),
                        plain.tls()))
                .session(SESSION, KEYS);
    }

    @Test
    void aClientStaysOnItsEndpointAndTheEndpointDoesNotSeeTheCookie() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(sticky(one, two));
                var client = proxy.connect()) {
            var first = client.get("/");
            String cookie = first.field("set-cookie").split(";", 2)[0];
            assertThat(cookie).startsWith("mg=v1.k1.");
            assertThat(first.field("cache-control")).isEqualTo("private");
            for (int i = 0; i < 6; i++) {
                client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: a=b; " + cookie + "; c=d");
                var next = client.readAnswer();
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.has("set-cookie")).isFalse();
            }
            ScriptedUpstream home = first.body().equals("one") ? one : two;
            assertThat(home.requests().getLast())
                    .contains("Cookie: a=b; c=d\r\n")
                    .doesNotContain("mg=");
        }
    }

    @Test
    void aSessionWhoseEndpointIsGoneMovesWithoutAnError() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(sticky(one, two));
                var client = proxy.connect()) {
            String cookie = "";
            for (String body = ""; !body.equals("two"); ) {
                var answer = client.get("/");
                body = answer.body();
                cookie = answer.field("set-cookie").split(";", 2)[0];
            }
            proxy.install(sticky(one));
            client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: " + cookie);
            var moved = client.readAnswer();
            assertThat(moved.body()).isEqualTo("one");
            assertThat(moved.has("set-cookie")).isTrue();
        }
    }
}
