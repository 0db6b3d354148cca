package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Everything at once, by dice: what must hold is that nothing is left over and no answer is another's. */
class MixedFaultsTest {
    private static final int CLIENTS = 24;
    private static final int REQUESTS = 40;

    /** Answers with the request's path, or fails as the dice of the connection say. */
    private static ScriptedUpstream unreliable(long seed) {
        return ScriptedUpstream.running((connection, number) -> {
            var dice = new Random(seed + number);
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                String path = head.split(" ", 3)[1];
                String answer = "HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path;
                switch (dice.nextInt(14)) {
                    case 0 -> {
                        connection.reset();
                        return;
                    }
                    case 1 -> {
                        return;
                    }
                    case 2 -> {
                        connection.send(answer.substring(0, dice.nextInt(answer.length())));
                        return;
                    }
                    case 3 -> connection.send(answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                    case 4 ->
                        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + Integer.toHexString(path.length()) + "\r\n" + path + "\r\n0\r\n\r\n");
                    case 5 -> {
                        connection.send("HTTP/1.1 200 OK\r\n\r\n" + path);
                        return;
                    }
                    case 6 -> connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                    case 7 -> connection.send("garbage\r\n\r\n");
                    default -> connection.send(answer);
                }
            }
        });
    }

    private static void use(ProxyUnderTest proxy, int id, AtomicInteger whole) {
        var dice = new Random(id);
        RawClient client = proxy.connect();
        for (int i = 0; i < REQUESTS; i++) {
            String path = "/" + id + "-" + i;
            int die = dice.nextInt(12);
            try {
                switch (die) {
                    case 0 -> client.sendHead("POST " + path + " HTTP/1.1", "Host: a", "Content-Length: 100");
                    case 1 -> client.send("GET " + path + " HTTP/1.1\r\nHo");
                    case 2 -> client.sendHead("GET " + path + " HTTP/1.1", "Host: a");
                    case 3 -> {
                        client.sendHead("POST " + path + " HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
                        client.send("5\r\nhello\r\n0\r\n\r\n");
                    }
                    case 4 -> {
                        client.sendHead("PUT " + path + " HTTP/1.1", "Host: a", "Content-Length: 70000");
                        client.send(new byte[70000]);
                    }
                    default -> client.sendHead("GET " + path + " HTTP/1.1", "Host: a");
                }
                if (die < 3) {
                    if (dice.nextBoolean()) {
                        client.reset();
                    } else {
                        client.close();
                    }
                    client = proxy.connect();
                    continue;
                }
                RawClient.Answer answer = client.readAnswer();
                if (answer.status() == 200) {
                    assertThat(answer.body()).isEqualTo(path);
                    whole.incrementAndGet();
                } else {
                    assertThat(answer.status()).isIn(502, 503);
                }
                if (answer.has("connection")) {
                    client.close();
                    client = proxy.connect();
                }
            } catch (AssertionError | RuntimeException e) {
                if (e.getMessage() != null && e.getMessage().contains("Expecting")) {
                    throw e;
                }
                client.close();
                client = proxy.connect();
            }
        }
        client.close();
    }

    @Test
    void nothingIsLeftOverAndNoAnswerIsAnothers() throws Exception {
        try (var one = unreliable(1);
                var two = unreliable(2);
                var three = ScriptedUpstream.running((connection, _) -> connection.reset());
                var proxy = ProxyUnderTest.start(Setup.to(one, two, three)
                        .upstreamLimits(new Upstream.Limits(12, 1024, 256, Duration.ofSeconds(60)))
                        .retry(new Retry(
                                2,
                                List.of(503),
                                List.of("POST"),
                                Duration.ofMillis(1),
                                Duration.ofMillis(5),
                                RetryBudget.STANDARD)))) {
            proxy.clock().run();
            var whole = new AtomicInteger();
            var wrong = new ArrayList<Throwable>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int id = i;
                threads.add(Thread.ofVirtual()
                        .uncaughtExceptionHandler((_, e) -> {
                            synchronized (wrong) {
                                wrong.add(e);
                            }
                        })
                        .start(() -> use(proxy, id, whole)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
            assertThat(whole.get()).isGreaterThan(CLIENTS * REQUESTS / 4);
            Await.until("all clients to be gone", () -> proxy.openClients() == 0);
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
            proxy.forwarder().closeAll();
            Await.until("all connections to be closed", () -> proxy.boundConnections() == 0);
            assertThat(proxy.openUpstreams()).isZero();
        }
    }
}
