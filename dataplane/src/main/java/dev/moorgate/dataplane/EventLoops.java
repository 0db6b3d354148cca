package dev.moorgate.dataplane;

import dev.moorgate.dataplane.listen.staple.Responders;
import dev.moorgate.dataplane.listen.staple.Stapling;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The threads of a data plane: event loops, and beside them what must not block one. */
final class EventLoops {
    private static final Duration RESPONDER_LIMIT = Duration.ofSeconds(10);
    private static final int RESPONDERS_AT_ONCE = 4;

    private EventLoops() {}

    /** Netty's loops, in a Vert.x of their own. */
    static VertxInternal start(DataPlaneSettings.Transport transport, int loops) {
        var options = new VertxOptions()
                .setEventLoopPoolSize(loops)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                // LoopWatch looks after the loops
                .setBlockedThreadCheckInterval(1)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.DAYS)
                .setPreferNativeTransport(transport != DataPlaneSettings.Transport.NIO)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false));
        VertxBuilder builder = Vertx.builder().with(options);
        io.vertx.core.transport.Transport uring = io.vertx.core.transport.Transport.IO_URING;
        if (transport == DataPlaneSettings.Transport.IO_URING && uring != null && uring.available()) {
            builder.withTransport(uring);
        }
        return (VertxInternal) builder.build();
    }

    /** Asks OCSP responders on virtual threads, few at a time. */
    static Stapling stapling(boolean asksLocalResponders) {
        var room = new Semaphore(RESPONDERS_AT_ONCE);
        var responders =
                new Responders(address -> asksLocalResponders || Responders.isElsewhere(address), RESPONDER_LIMIT);
        return new Stapling(
                System::currentTimeMillis,
                responders,
                task -> Thread.ofVirtual().name("ocsp").start(() -> {
                    room.acquireUninterruptibly();
                    try {
                        task.run();
                    } finally {
                        room.release();
                    }
                }),
                () -> ThreadLocalRandom.current().nextDouble());
    }
}
