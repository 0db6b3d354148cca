package dev.moorgate.dataplane.listen;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sits on a server socket: hands each connection to the event loop with the fewest, and pauses where descriptors or memory run
 * out (100 ms at a time) or the listener's limit is reached (until one closes). Acceptor's event loop only.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long PAUSE_MILLIS = 100;
    private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** A small request takes one read of 2 KiB; a body grows it to 64 KiB a read. */
    private static final RecvByteBufAllocator READS = new AdaptiveRecvByteBufAllocator(1024, 2048, 64 * 1024);

    private static final WriteBufferWaterMark WRITES = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private final ListenSocket socket;
    private final Intake intake;
    private final AtomicInteger open = new AtomicInteger();
    private boolean paused;
    private volatile boolean full;
    private long lastLog = System.nanoTime() - LOG_EVERY_NANOS;

    Acceptor(ListenSocket socket, Intake intake) {
        this.socket = socket;
        this.intake = intake;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel connection = (Channel) message;
        Serving serving = socket.serving();
        String listener = serving.listener().name();
        if (intake.overloaded().getAsBoolean()) {
            // the others wait in the kernel's queue
            connection.unsafe().closeForcibly();
            pausedFor("memory", listener, null);
            pause(ctx);
            return;
        }
        try {
            configure(connection.config());
        } catch (ChannelException e) {
            // reset by the client before we came to it
            connection.unsafe().closeForcibly();
            return;
        }
        if (open.incrementAndGet() >= serving.limits().connections()) {
            full = true;
            // one may have closed in between and not seen that we are full
            resumeBelowLimit(ctx);
            updateReading(ctx);
            pausedFor("limit", listener, null);
        }
        LoopLoad.Slot slot = intake.loops().take();
        socket.add(connection);
        connection.closeFuture().addListener(closed -> {
            socket.remove(connection);
            slot.connections().decrementAndGet();
            open.decrementAndGet();
            if (full && !socket.isClosed()) {
                ctx.channel().eventLoop().execute(() -> resumeBelowLimit(ctx));
            }
        });
        connection.pipeline().addLast(new ConnectionOpening(socket, intake));
        slot.loop().register(connection).addListener(registered -> {
            if (!registered.isSuccess()) {
                connection.unsafe().closeForcibly();
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException) && !(cause instanceof ChannelException)) {
            LOG.error("accept failed on {}", socket.key(), cause);
        }
        intake.spares().release();
        pausedFor("descriptors", socket.serving().listener().name(), cause);
        pause(ctx);
    }

    private void pause(ChannelHandlerContext ctx) {
        if (!paused) {
            paused = true;
            updateReading(ctx);
            resumeLater(ctx);
        }
    }

    /** The table was swapped: its limit may be another. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        resumeBelowLimit(ctx);
    }

    private void resumeLater(ChannelHandlerContext ctx) {
        var _ = ctx.channel().eventLoop().schedule(() -> resume(ctx), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void resume(ChannelHandlerContext ctx) {
        if (!ctx.channel().isOpen()) {
            return;
        }
        if (!intake.overloaded().getAsBoolean() && intake.spares().reclaim()) {
            paused = false;
            updateReading(ctx);
        } else {
            resumeLater(ctx);
        }
    }

    private void resumeBelowLimit(ChannelHandlerContext ctx) {
        if (full && open.get() < socket.serving().limits().connections()) {
            full = false;
            updateReading(ctx);
        }
    }

    private void updateReading(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(!paused && !full && !socket.isClosed());
    }

    private void pausedFor(String reason, String listener, @Nullable Throwable cause) {
        long now = System.nanoTime();
        if (now - lastLog >= LOG_EVERY_NANOS) {
            lastLog = now;
            LOG.warn(
                    "accept paused: listener={} reason={} connections={} cause={}",
                    listener,
                    reason,
                    open.get(),
                    cause == null ? "limit" : cause.getMessage());
        }
    }

    private static void configure(ChannelConfig config) {
        config.setOption(ChannelOption.TCP_NODELAY, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
        config.setOption(ChannelOption.RECVBUF_ALLOCATOR, READS);
        config.setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITES);
    }
}
