package dev.moorgate.dataplane.kit;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An event loop that stands still where a test has said, while the test brings something about that the loop must not see coming. */
public final class HeldLoop implements AutoCloseable {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    HeldLoop() {}

    /** The loop has come to the place. */
    void here() {
        reached.countDown();
        await(released);
    }

    /** Waits until the loop stands still. */
    public void awaitStill() {
        await(reached);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("not within 60 s");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The loop goes on. */
    @Override
    public void close() {
        released.countDown();
    }
}
