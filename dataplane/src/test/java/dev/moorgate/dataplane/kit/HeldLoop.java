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

    /** What an endpoint says while the loop stands still, and its reset right behind it: both lie there when the loop goes on. */
    public static final class LastWords {
        private final CountDownLatch told = new CountDownLatch(1);
        private final CountDownLatch gone = new CountDownLatch(1);

        /** The endpoint's side; returns when the connection is reset. */
        public void say(ScriptedUpstream.Connection connection, String words) throws InterruptedException {
            told.await();
            connection.send(words);
            connection.reset();
            gone.countDown();
        }

        /** The test's side: the client sends {@code bytes}, which the loop has only just read when the endpoint is gone. */
        public void cross(ProxyUnderTest proxy, RawClient client, byte[] bytes) {
            try (HeldLoop loop = proxy.holdBehind(client)) {
                client.send(bytes);
                loop.awaitStill();
                told.countDown();
                HeldLoop.await(gone);
            }
        }
    }
}
