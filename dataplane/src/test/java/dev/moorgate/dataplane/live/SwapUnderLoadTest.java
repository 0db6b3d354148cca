package dev.moorgate.dataplane.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** H1: tables and endpoints change a hundred times under load and no request fails. */
class SwapUnderLoadTest {
    private static final int SWAPS = 100;
    private static final int CLIENTS = 4;

    @Test
    void noRequestFailsWhileTablesChange() throws InterruptedException {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two")) {
            gate.install(Setup.to(one, two));
            var over = new AtomicBoolean();
            var answered = new AtomicInteger();
            var failures = new ConcurrentLinkedQueue<String>();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    try (var client = gate.connect()) {
                        while (!over.get()) {
                            var answer = client.get("/");
                            answered.incrementAndGet();
                            if (answer.status() != 200 || answer.head().contains("close")) {
                                failures.add(answer.head());
                            }
                        }
                    } catch (RuntimeException | AssertionError e) {
                        failures.add(e.toString());
                    }
                }));
            }
            for (int i = 0; i < SWAPS; i++) {
                int before = answered.get();
                Setup next = i % 3 == 0 ? Setup.to(one) : i % 3 == 1 ? Setup.to(two) : Setup.to(one, two);
                if (i % 2 == 0) {
                    assertThat(gate.install(next)).isInstanceOf(InstallResult.Applied.class);
                } else {
                    gate.dataPlane().installEndpoints("endpoints-" + i, next.endpoints());
                }
                Await.until("requests on table " + i, () -> answered.get() > before + CLIENTS || !failures.isEmpty());
            }
            over.set(true);
            for (Thread client : clients) {
                client.join();
            }

            assertThat(failures).isEmpty();
        }
    }
}
