package dev.moorgate.e2e;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients that ask all the time while a test changes things: each keeps its connection as browsers do, and takes a new one where the old
 * one was closed between two requests. Whatever else fails is kept.
 */
final class Traffic implements AutoCloseable {
    private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    private final List<Thread> clients = new ArrayList<>();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger answered = new AtomicInteger();
    private volatile boolean stopped;

    private Traffic() {}

    /** {@code threads} clients, about fifty requests a second each. */
    static Traffic start(int threads, String address, String host, String target) {
        return start(Collections.nCopies(threads, new InetSocketAddress(address, 80)), host, target);
    }

    /** Over TLS: a client that keeps its connection, and one that takes another for each request. */
    static Traffic startSecured(String address, String host, String target) {
        var traffic = new Traffic();
        traffic.begin(() -> Client.https(address, 443, host), Map.of(), host, target);
        traffic.begin(() -> Client.https(address, 443, host), Map.of("Connection", "close"), host, target);
        return traffic;
    }

    private interface Opening {
        Client open() throws IOException;
    }

    /** A client for each address. */
    static Traffic start(List<InetSocketAddress> addresses, String host, String target) {
        var traffic = new Traffic();
        for (InetSocketAddress address : addresses) {
            traffic.begin(() -> Client.http(address.getHostString(), address.getPort()), Map.of(), host, target);
        }
        return traffic;
    }

    private void begin(Opening opening, Map<String, String> fields, String host, String target) {
        clients.add(Thread.ofPlatform()
                .name("traffic-" + clients.size())
                .daemon()
                .start(() -> ask(opening, fields, host, target)));
    }

    private void ask(Opening opening, Map<String, String> fields, String host, String target) {
        @Nullable Client client = null;
        while (!stopped) {
            try {
                if (client == null) {
                    client = opening.open();
                }
                Reply reply = client.get(host, target, fields);
                if (reply.status() == 200) {
                    answered.incrementAndGet();
                } else {
                    failures.add(Instant.now() + " " + reply.status() + " " + reply.body());
                }
                if (reply.header("connection").orElse("").equalsIgnoreCase("close")) {
                    client = closed(client);
                }
            } catch (IOException e) {
                if (client == null || !client.isUsed()) {
                    failures.add(Instant.now() + " on a new connection: " + e);
                } else if (!closedBetween(e)) {
                    failures.add(Instant.now() + " on a kept connection: " + e);
                }
                client = closed(client);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        closed(client);
    }

    /** What every client that keeps connections must bear: the other side gave the idle one up. */
    private static boolean closedBetween(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.equals("closed after \"\"") || message.contains("reset") || message.contains("Broken pipe");
    }

    private static @Nullable Client closed(@Nullable Client client) {
        if (client != null) {
            try {
                client.close();
            } catch (IOException e) {
                return null;
            }
        }
        return null;
    }

    int answered() {
        return answered.get();
    }

    void needNoFailure() {
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.size() + " requests failed, the first: " + failures.getFirst());
        }
    }

    /** Ends the clients; what failed, the first few of it. */
    List<String> stop() throws InterruptedException {
        stopped = true;
        for (Thread client : clients) {
            client.join();
        }
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        stopped = true;
    }
}
