package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A connection to an endpoint may get the number of one that was closed in the same turn of its event loop. What is still to be
 * told of the old one must not end the new one.
 */
class ReusedDescriptorTest {
    private static final int CLIENTS = 24;
    private static final int ROUNDS = 60;

    @Test
    void noEndpointIsCalledRefusingWhileClientsLeaveAndCome() {
        var piece = new byte[256 << 10];
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                    while (true) {
                        connection.send(piece);
                    }
                });
                var proxy = ProxyUnderTest.to(upstream)) {
            try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                IntStream.range(0, CLIENTS).forEach(_ -> clients.execute(() -> leave(proxy)));
            }
            Await.until("all to be gone", () -> proxy.exchanges().size() == CLIENTS * ROUNDS);

            assertThat(proxy.exchanges())
                    .allSatisfy(each -> assertThat(each.retries()).isEmpty());
        }
    }

    private static void leave(ProxyUnderTest proxy) {
        for (int i = 0; i < ROUNDS; i++) {
            try (RawClient client = proxy.connect()) {
                client.sendHead("GET /large HTTP/1.1", "Host: a");
                client.read(4096);
                client.reset();
            }
        }
    }
}
