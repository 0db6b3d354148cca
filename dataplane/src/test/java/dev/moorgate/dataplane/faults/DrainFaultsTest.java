package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** H5: in the drain what is open ends well, what comes is served once, and idle connections go. */
class DrainFaultsTest {

    @Test
    void openRequestsEndWellAndEveryAnswerSaysClose() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (head.startsWith("GET /open ")) {
                            answer.await();
                        }
                        connection.answer(head.split(" ", 3)[1]);
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var idle = proxy.connect();
                var open = proxy.connect()) {
            assertThat(idle.get("/idle").body()).isEqualTo("/idle");
            open.sendHead("GET /open HTTP/1.1", "Host: a");
            Await.until("both requests", () -> upstream.requests().size() == 2);
            proxy.forwarder().drain();
            assertThat(idle.readToEnd()).isEmpty();
            try (var late = proxy.connect()) {
                Answer served = late.get("/late");
                assertThat(served.body()).isEqualTo("/late");
                assertThat(served.field("Connection")).isEqualTo("close");
                assertThat(late.readToEnd()).isEmpty();
            }
            answer.countDown();
            Answer ended = open.readAnswer();
            assertThat(ended.body()).isEqualTo("/open");
            assertThat(ended.field("Connection")).isEqualTo("close");
            assertThat(open.readToEnd()).isEmpty();
            Await.until("all clients to be gone", () -> proxy.openClients() == 0);
            assertThat(proxy.exchanges()).hasSize(3).allMatch(told -> told.reason() == null);
        }
    }
}
