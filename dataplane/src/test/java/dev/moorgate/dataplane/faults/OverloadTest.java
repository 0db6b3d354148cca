package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** G1 and G4: hundreds of slow clients take nobody else's time and little memory; a full heap refuses requests by name. */
class OverloadTest {
    private static final int SLOW = 300;
    private static final int SIZE = 4 << 20;

    @Test
    void withAFullHeapNewRequestsAre503AndRequestsUnderWayEndWell() {
        var go = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        go.await();
                        connection.answer("late");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var under = proxy.connect()) {
            under.sendHead("GET /under-way HTTP/1.1", "Host: a");
            Await.until("the request", () -> upstream.requests().size() == 1);
            proxy.overload(true);
            try (var client = proxy.connect()) {
                client.sendHead("GET /new HTTP/1.1", "Host: a");
                Attack.answersAndCloses(client, 503);
            }
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.OVERLOAD);
            assertThat(proxy.exchange(1).detail()).isEqualTo("heap");
            go.countDown();
            assertThat(under.readAnswer().body()).isEqualTo("late");
            proxy.overload(false);
            assertThat(under.get("/again").body()).isEqualTo("late");
            assertThat(upstream.requests()).hasSize(2);
        }
    }

    /** What an upstream does for all slow clients: reads what comes, and answers /download with much. */
    private static ScriptedUpstream serving() {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequestHead(); head != null; head = connection.readRequestHead()) {
                if (head.startsWith("GET /download")) {
                    connection.send("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-" + (SIZE - 1) + "/" + SIZE
                            + "\r\nContent-Length: " + SIZE + "\r\n\r\n");
                    connection.trySend(new byte[SIZE]);
                } else if (head.startsWith("POST")) {
                    connection.stall();
                    return;
                } else {
                    connection.answer("good");
                }
            }
        });
    }

    private static void slowClient(RawClient client, int kind) {
        switch (kind) {
            case 0 -> client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
            case 1 -> client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nb");
            case 2 -> client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n");
            default ->
                client.send("GET /download HTTP/1.1\r\nHost: a\r\nRange: bytes=0-,0-,0-,0-\r\nX: " + kind + "\r\n\r\n");
        }
    }

    @Test
    void hundredsOfSlowClientsOfEveryKindDelayNoGoodOneAndCostLittle() {
        List<RawClient> slow = new ArrayList<>();
        try (var upstream = serving();
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream))) {
            proxy.shrinkClientBuffers();
            for (int i = 0; i < SLOW; i++) {
                RawClient client = proxy.connect();
                slow.add(client);
                slowClient(client, i % 4);
            }
            Await.until("all to be open", () -> proxy.openClients() == SLOW);
            long most = 0;
            for (int i = 0; i < 20; i++) {
                try (var good = proxy.connect()) {
                    assertThat(good.get("/good").body()).isEqualTo("good");
                }
                for (int k = 0; k < SLOW; k++) {
                    if (k % 4 < 2) {
                        slow.get(k).trySend("a");
                    }
                }
                most = Math.max(most, proxy.bufferBytes());
            }
            assertThat(most).isBetween(1L, 48L << 20);
            assertThat(proxy.exchanges())
                    .filteredOn(told -> told.path().equals("/good"))
                    .hasSize(20);
        } finally {
            slow.forEach(RawClient::close);
        }
        assertThat(slow).hasSize(SLOW);
    }

    @Test
    void contentThatComesByTheByteTakesTheMemoryOfItsBytes() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream));
                var client = proxy.connect()) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
            for (int i = 0; i < 3_000; i++) {
                client.send("b");
            }
            Await.until("the request", () -> upstream.requests().size() == 1);
            assertThat(client.isSilent(50)).isTrue();
            assertThat(proxy.bufferBytes()).isLessThan(256 << 10);
        }
    }
}
