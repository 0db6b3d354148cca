package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.ProxySettings.Http2;
import io.netty.handler.codec.http3.Http3ErrorCode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What passes with time: slow heads, clients that wait or have left without a word, the age of connections. */
class Http3TimesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration AGE = Duration.ofMinutes(1);

    @Test
    void aHeadThatDoesNotComeIsAnswered408() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = new Http3Proxy(Http3Gate.to(upstream));
                var client = proxy.connect()) {
            Http3Call slow = client.open().sendNothingYet();
            assertThat(client.get("/").body()).isEqualTo("x");
            proxy.clock().advance(Duration.ofSeconds(9));
            assertThat(client.get("/").body()).isEqualTo("x");
            assertThat(slow.isAnswered()).isFalse();
            proxy.clock().advance(Duration.ofSeconds(2));
            assertThat(slow.status()).isEqualTo(408);
            assertThat(slow.body()).contains("reason: head_timeout");
            assertThat(client.get("/").body()).isEqualTo("x");
        }
    }

    @Test
    void aClientThatNoLongerWaitsForAnAnswerCallsOffTheUpstream() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var proxy = new Http3Proxy(Http3Gate.to(upstream));
                var client = proxy.connect()) {
            Http3Call call = client.get("/");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            call.cancel();
            proxy.clock().advanceUntil("the upstream to be left", SECOND, () -> upstream.openConnections() == 0);
            assertThat(client.isClosed()).isFalse();
        }
    }

    @Test
    void aClientThatWaitsIsServedAfterMinutes() {
        var go = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    while (number > 1 && connection.readRequest() != null) {
                        connection.answer("x");
                    }
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
                    go.await();
                    connection.send("late");
                });
                var proxy = new Http3Proxy(Http3Gate.to(upstream));
                var client = proxy.connect()) {
            Http3Call call = client.get("/").awaitHead();
            for (int i = 0; i < 20; i++) {
                proxy.clock().advance(Duration.ofSeconds(10));
                // there and back, so that what was sent in between has been taken
                assertThat(client.get("/other").body()).isEqualTo("x");
            }
            go.countDown();
            assertThat(call.body()).isEqualTo("late");
        }
    }

    @Test
    void aConnectionThatIsOldIsToldTwiceAndEndsWithItsLastStream() {
        var go = new CountDownLatch(1);
        var settings = new ProxySettings(
                ProxySettings.TrustedProxies.NONE,
                ProxySettings.AccessLog.OFF,
                false,
                ProxySettings.DownstreamLimits.STANDARD,
                Optional.empty(),
                Optional.of(new Http2(true, 100, AGE)));
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (head.startsWith("GET /slow ")) {
                            go.await();
                        }
                        connection.answer("done");
                    }
                });
                var proxy = new Http3Proxy(Http3Gate.to(upstream).settings(settings));
                var client = proxy.connect()) {
            // an answer shows that the connection has begun on the other side, too
            assertThat(client.get("/").body()).isEqualTo("done");
            proxy.clock().advance(AGE.multipliedBy(89).dividedBy(100));
            Http3Call call = client.get("/slow");
            Await.until("the request", () -> upstream.requests().size() == 2);
            assertThat(client.goAways).isEmpty();
            proxy.clock().advance(AGE.multipliedBy(22).dividedBy(100));
            Await.until("the first GOAWAY", () -> client.goAways.size() == 1);
            assertThat(proxy.proxy().agedConnections()).isEqualTo(1);
            // no more than that: the request has its own time
            proxy.clock().advance(SECOND);
            Await.until("the second GOAWAY", () -> client.goAways.size() == 2);
            assertThat(client.goAways).containsExactly((1L << 62) - 4, 8L);
            go.countDown();
            assertThat(call.body()).isEqualTo("done");
            client.awaitClosed();
            assertThat(client.closeError()).isEqualTo(Http3ErrorCode.H3_NO_ERROR.code());
        }
    }

    @Test
    void aConnectionWhoseHandshakeEndsInADrainIsToldAsTheOthersWere() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = new Http3Proxy(Http3Gate.to(upstream))) {
            proxy.proxy().forwarder().drain();
            try (var client = proxy.connect()) {
                Await.until("the first GOAWAY", () -> client.goAways.size() == 1);
                proxy.clock().advanceUntil("the end", SECOND, client::isClosed);
                assertThat(client.closeError()).isEqualTo(Http3ErrorCode.H3_NO_ERROR.code());
            }
        }
    }
}
