package dev.moorgate.dataplane.forward.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.ProxySettings.Http2;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** HTTP/2 as the table wants it: not at all, with fewer streams, on connections that end in time. */
class Http2SettingsTest {
    private static final Duration AGE = Duration.ofSeconds(30);

    private static Setup with(Http2 rule, ScriptedUpstream upstream) {
        ProxySettings standard = ProxySettings.STANDARD;
        return Setup.to(upstream)
                .settings(new ProxySettings(
                        standard.trustedProxies(),
                        standard.accessLog(),
                        standard.proxyStatus(),
                        standard.limits(),
                        standard.proxyProtocol(),
                        Optional.of(rule)));
    }

    @Test
    void whereItIsOffThePrefaceIsARequestOfAnUnknownVersion() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(with(new Http2(false, 100, Duration.ZERO), upstream));
                var client = proxy.connect();
                var other = proxy.connect()) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(client.readAnswer().status()).isEqualTo(505);
            assertThat(other.get("/").body()).isEqualTo("x");
        }
    }

    @Test
    void aClientIsToldHowManyStreamsItMayOpen() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(with(new Http2(true, 3, Duration.ZERO), upstream));
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("x");
            assertThat(client.session().freeStreams()).isEqualTo(3);
        }
    }

    @Test
    void aConnectionThatIsOldTakesNoFurtherStreamAndEndsWithItsLast() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (head.startsWith("GET /slow")) {
                            answer.await();
                        }
                        connection.answer("x");
                    }
                });
                var proxy = ProxyUnderTest.start(with(new Http2(true, 100, AGE), upstream));
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("x");
            proxy.clock().advance(AGE.multipliedBy(89).dividedBy(100));
            assertThat(client.get("/").body()).isEqualTo("x");
            assertThat(client.goAways()).isEmpty();

            var slow = client.get("/slow");
            Await.until("the slow request", () -> upstream.requests().size() == 3);
            proxy.clock().advance(AGE.multipliedBy(22).dividedBy(100));
            client.await("GOAWAY", () -> !client.goAways().isEmpty());
            assertThat(client.goAways().getFirst()).isEqualTo("no_error");
            assertThat(proxy.agedConnections()).isEqualTo(1);

            answer.countDown();
            assertThat(slow.body()).isEqualTo("x");
            client.awaitEnd();
            try (var next = Http2TestClient.to(proxy)) {
                assertThat(next.get("/").body()).isEqualTo("x");
            }
            assertThat(proxy.goneAway()).isEmpty();
        }
    }

    @Test
    void anIdleConnectionEndsInTimeToo() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(with(new Http2(true, 100, AGE), upstream));
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("x");
            proxy.clock().advance(AGE.multipliedBy(111).dividedBy(100));
            client.awaitEnd();
            assertThat(client.goAways()).contains("no_error");
        }
    }
}
