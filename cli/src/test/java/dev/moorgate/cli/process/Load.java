package dev.moorgate.cli.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that ask all the time, each on a connection of its own, and note whatever is not 200. */
final class Load implements AutoCloseable {
    private final ShopFolder shop;
    private final List<Thread> clients = new ArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicLong served = new AtomicLong();
    private volatile boolean over;

    Load(ShopFolder shop, int connections) {
        this.shop = shop;
        for (int i = 0; i < connections; i++) {
            clients.add(Thread.ofVirtual().start(this::ask));
        }
    }

    private void ask() {
        while (!over) {
            try (HttpClient client = shop.connect()) {
                boolean closed = false;
                while (!over && !closed) {
                    HttpClient.Answer answer = client.get(ShopFolder.HOST, "/");
                    if (answer.status() == 200) {
                        served.incrementAndGet();
                    } else {
                        failures.add(answer.toString());
                    }
                    closed = answer.closes();
                }
            } catch (IOException e) {
                failures.add(e.toString());
            }
        }
    }

    /** Waits until this many more are served. */
    void awaitMore(int requests) throws Exception {
        long goal = served.get() + requests;
        Await.until(() -> goal + " requests; failures: " + failures, () -> served.get() >= goal);
    }

    /** Stops, and tells what failed. */
    List<String> failures() {
        close();
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        over = true;
        try {
            for (Thread client : clients) {
                client.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
