package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import dev.moorgate.routetable.RoutePolicy.Timeouts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Packets that are lost and sent once more. */
class Http3LossTest {
    private static final int FIRST = 3;
    /** Little, since what was lost is sent again by the system's time. */
    private static final Duration STEP = Duration.ofMillis(5);

    /** How often what was lost is sent again is for the system's clock: no limit may end the request meanwhile. */
    private static Setup patient(ScriptedUpstream upstream) {
        Duration hour = Duration.ofHours(1);
        return Setup.to(upstream)
                .limits(new DownstreamLimits(hour, hour, hour, 8 << 10, 32 << 10, 200, 100))
                .timeouts(new Timeouts(Duration.ZERO, Duration.ZERO, hour, hour, hour, hour));
    }

    /** From here on the client does not hear what has come; of all before, its handshake too, it has. */
    private static void deafen(Http3TestClient client) {
        for (int i = 0; i < FIRST; i++) {
            assertThat(client.get("/first").body()).isEqualTo("x");
        }
        client.network.loseComing();
    }

    /** Ends {@code call} in a packet that is lost, so that its head is sent once more, and the end with it. */
    private static void endTwice(Http3TestClient client, Http3Call call) {
        client.network.loseSent(call::end);
        client.network.loseNothing();
    }

    @Test
    void theEndOfARequestThatComesWithAHeadThatCameBeforeIsTheEnd() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (int i = 0; i < FIRST; i++) {
                        connection.readRequest();
                        connection.answer("x");
                    }
                    connection.readRequestHead();
                    connection.answer(connection.readChunked().replace("\r\n", "|"));
                });
                var proxy = new Http3Proxy(patient(upstream));
                var client = proxy.connect()) {
            deafen(client);
            Http3Call call = client.request("POST", "/", false);
            Await.until("the request", () -> upstream.requests().size() > FIRST);
            endTwice(client, call);
            proxy.clock().advanceUntil("the answer", STEP, call::isWhole);
            assertThat(call.body()).isEqualTo("0||");
        }
    }

    @Test
    void theSameOfARequestWhoseHeadIsHeldForItsEnd() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = new Http3Proxy(patient(upstream));
                var client = proxy.connect()) {
            deafen(client);
            Http3Call call = client.request("GET", "/held", false);
            // on the same way, so that the head has come when it has
            client.request("POST", "/", false);
            Await.until("the second request", () -> upstream.requests().size() > FIRST);
            endTwice(client, call);
            proxy.clock().advanceUntil("the answer", STEP, call::isWhole);
            assertThat(call.body()).isEqualTo("x");
            assertThat(upstream.requests().getLast()).startsWith("GET /held ").doesNotContain("Transfer-Encoding");
        }
    }

    @Test
    void theEndOfAnAnswerThatIsLostBehindItsContentIsSentOnceMore() {
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        try (var upstream = ScriptedUpstream.answeringRaw(chunked);
                var proxy = new Http3Proxy(patient(upstream));
                var client = proxy.connect()) {
            Http3Call call = client.open();
            client.network.loseNextComing(() -> call.size() > 0);
            call.send(Http3Call.head("GET", "/", Http3Gate.SHOP), true);
            assertThat(call.body()).isEqualTo("hello");
            assertThat(client.network.hasLostNext()).isTrue();
        }
    }
}
