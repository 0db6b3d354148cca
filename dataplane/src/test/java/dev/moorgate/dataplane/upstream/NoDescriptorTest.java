package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.observe.UpstreamObserver;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Protocol;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the process has no descriptor left for a connection, who asked for it is told so, and it counts no longer. */
class NoDescriptorTest {
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = loops.next();
    private final UpstreamLoad load = new UpstreamLoad();
    private volatile boolean left;
    private final UpstreamPools pools = new UpstreamPools(
            loop, 1, this::open, new Timers(loop, NanoClock.SYSTEM), new FlushQueue(loop), UpstreamObserver.NONE);

    private SocketChannel open() {
        if (!left) {
            throw new ChannelException("too many open files");
        }
        return new NioSocketChannel();
    }

    @AfterEach
    void end() {
        loop.submit(pools::close).syncUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** A wish, and what became of it. */
    private final class Wish extends Lease {
        final CompletableFuture<String> outcome = new CompletableFuture<>();

        @Override
        protected void leased(UpstreamStream stream) {
            stream.release();
            outcome.complete("leased");
        }

        @Override
        protected void refused(ProxyFailure failure, String detail) {
            outcome.complete(failure + (loop.inEventLoop() ? "" : " on another thread"));
        }
    }

    private String ask(UpstreamTarget target) throws Exception {
        var wish = new Wish();
        loop.execute(() -> {
            UpstreamStream stream = pools.acquire(target, wish, false, CONNECT_NANOS);
            if (stream != null) {
                wish.leased(stream);
            }
        });
        return wish.outcome.get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP1", "H2C"})
    void whoAsksIsRefusedOnTheEventLoopUntilThereIsOneAgain(Protocol protocol) throws Exception {
        try (var upstream = ScriptedUpstream.running((connection, _) -> connection.stall())) {
            Upstream known = Setup.to(upstream)
                    .protocol(protocol)
                    .upstreamLimits(new Upstream.Limits(2, 2, 256, Duration.ofSeconds(60)))
                    .table()
                    .upstreams()
                    .getFirst();
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream.port());
            var target = new UpstreamTarget(known, load, "app-0", address, null);
            for (int i = 0; i < 3; i++) {
                assertThat(ask(target)).isEqualTo("CONNECT_REFUSED");
                assertThat(load.connections()).isZero();
                assertThat(load.pending()).isZero();
            }

            left = true;
            assertThat(ask(target)).isEqualTo("leased");
            assertThat(load.connections()).isEqualTo(1);
        }
    }
}
