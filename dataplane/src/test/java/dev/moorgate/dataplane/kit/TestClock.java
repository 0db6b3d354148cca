package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.upstream.NanoClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that runs like the system's and can be put forward. Limits that are due then are met within a tick of 100 ms. */
public final class TestClock implements NanoClock {
    private final AtomicLong ahead = new AtomicLong();

    public void advance(Duration by) {
        ahead.addAndGet(by.toNanos());
    }

    @Override
    public long nanoTime() {
        return System.nanoTime() + ahead.get();
    }

    @Override
    public long epochMillis() {
        return System.currentTimeMillis() + ahead.get() / 1_000_000;
    }
}
