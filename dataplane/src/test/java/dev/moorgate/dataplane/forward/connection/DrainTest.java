package dev.moorgate.dataplane.forward.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class DrainTest {

    @Test
    void idleConnectionsAreClosedAndOthersAfterTheirAnswer() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (head.startsWith("GET /slow ")) {
                            answer.await();
                        }
                        connection.answer("done");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var idle = proxy.connect();
                var busy = proxy.connect()) {
            idle.get("/quick");
            busy.sendHead("GET /slow HTTP/1.1", "Host: a");
            Await.until("the request", () -> upstream.requests().size() == 2);
            proxy.forwarder().drain();
            assertThat(idle.awaitEnd()).isEqualTo(End.PROPER);
            answer.countDown();
            var last = busy.readAnswer();
            assertThat(last.body()).isEqualTo("done");
            assertThat(last.field("Connection")).isEqualTo("close");
            assertThat(busy.awaitEnd()).isEqualTo(End.PROPER);
        }
    }

    @Test
    void aConnectionThatComesInTheDrainIsServedOnce() {
        try (var upstream = ScriptedUpstream.answering("still here");
                var proxy = ProxyUnderTest.to(upstream);
                var first = proxy.connect()) {
            first.get("/");
            proxy.forwarder().drain();
            try (var late = proxy.connect()) {
                late.sendHead("GET / HTTP/1.1", "Host: a");
                var answer = late.readAnswer();
                assertThat(answer.body()).isEqualTo("still here");
                assertThat(answer.field("Connection")).isEqualTo("close");
                assertThat(late.awaitEnd()).isEqualTo(End.PROPER);
            }
        }
    }

    @Test
    void aConnectionThatHasNotAskedYetGetsAMoment() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var slow = proxy.connect();
                var silent = proxy.connect()) {
            Await.until("both to be open", () -> proxy.openClients() == 2);
            proxy.forwarder().drain();
            assertThat(slow.get("/").status()).isEqualTo(200);
            assertThat(slow.awaitEnd()).isEqualTo(End.PROPER);
            proxy.clock().advance(Duration.ofSeconds(6));
            assertThat(silent.readToEnd()).isEmpty();
        }
    }

    @Test
    void connectionsThatComeInTheDrainAndSayNothingHoldNobodyUp() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream)) {
            proxy.forwarder().drain();
            try (var silent = proxy.connect();
                    var frames = Http2TestClient.to(proxy)) {
                frames.await("settings", () -> frames.session().takesWebSockets());
                Await.until("both to be open", () -> proxy.openClients() == 2);
                proxy.clock().advance(Duration.ofSeconds(6));
                assertThat(silent.readToEnd()).isEmpty();
                frames.awaitEnd();
                assertThat(frames.goAways()).isNotEmpty().allMatch(word -> word.equals("no_error"));
            }
        }
    }

    @Test
    void theHardEndCutsWhatIsOpen() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            proxy.forwarder().closeAll();
            client.awaitEnd();
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }
}
