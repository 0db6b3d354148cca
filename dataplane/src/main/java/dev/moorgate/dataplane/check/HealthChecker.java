package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.dataplane.upstream.EndpointTls;
import dev.moorgate.dataplane.upstream.NanoClock;
import dev.moorgate.dataplane.upstream.Timers;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import dev.moorgate.routetable.Upstream.HealthCheck;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks every endpoint whose upstream asks for it, on one event loop: one checker a process, whatever the number of loops. It
 * also lets the time of ejections and slow starts pass. Any thread.
 */
public final class HealthChecker implements AutoCloseable {
    private static final long TICK = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final ChannelFactory<? extends SocketChannel> channels;
    private final DoubleSupplier chance;
    private final HealthLog log;
    private final Timers timers;
    private final Runnable tick;
    private final Map<EndpointState, EndpointCheck> checks = new HashMap<>();
    private final CheckPace pace = new CheckPace();
    private final Deadline second = new Deadline(this::tick);
    private boolean closed;

    /** An endpoint whose checks are asked for, how it is spoken to, and where the outcome goes. */
    public record Checked(UpstreamTarget target, EndpointState state) {
        Optional<HealthCheck> check() {
            return target.upstream().healthCheck();
        }
    }

    /**
     * Checks nothing yet.
     *
     * @param chance of 0 to 1, by which checks are spread
     * @param tick what else is to be done once a second
     */
    public HealthChecker(
            EventLoop loop,
            ChannelFactory<? extends SocketChannel> channels,
            NanoClock clock,
            DoubleSupplier chance,
            HealthLog log,
            Runnable tick) {
        this.loop = loop;
        this.channels = channels;
        this.chance = chance;
        this.log = log;
        this.tick = tick;
        this.timers = new Timers(loop, clock);
        loop.execute(() -> arm(second, TICK));
    }

    /** A table is in force: these endpoints are checked, and no others. */
    public void adopt(List<Checked> endpoints) {
        loop.execute(() -> take(endpoints));
    }

    private void take(List<Checked> endpoints) {
        if (closed) {
            return;
        }
        Set<EndpointState> wanted = new HashSet<>();
        Set<InetSocketAddress> addresses = new HashSet<>();
        for (Checked each : endpoints) {
            HealthCheck check = each.check().orElse(null);
            if (check == null) {
                continue;
            }
            wanted.add(each.state());
            addresses.add(each.target().address());
            EndpointCheck known = checks.get(each.state());
            if (known == null) {
                var begun = new EndpointCheck(this, each.state(), each.target(), check);
                checks.put(each.state(), begun);
                begun.begin();
            } else {
                known.adopt(each.target(), check);
            }
        }
        checks.entrySet().removeIf(entry -> {
            boolean gone = !wanted.contains(entry.getKey());
            if (gone) {
                entry.getValue().end();
            }
            return gone;
        });
        pace.retain(addresses);
    }

    private void tick() {
        if (!closed) {
            arm(second, TICK);
            tick.run();
        }
    }

    /** Ends all checks. */
    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            checks.values().forEach(EndpointCheck::end);
            checks.clear();
        });
    }

    // ------------------------------------------------------------------ for one endpoint's checks

    void arm(Deadline deadline, long nanos) {
        timers.arm(deadline, timers.clock().nanoTime(), nanos);
    }

    double chance() {
        return chance.getAsDouble();
    }

    long pace(InetSocketAddress address) {
        return pace.take(address, timers.clock().nanoTime());
    }

    void checked(UpstreamTarget target, boolean passed) {
        log.checked(target.upstream().name(), passed);
    }

    /** Connects {@code probe}; null where there is no socket to be had, of which it has heard. */
    @Nullable
    Channel connect(UpstreamTarget target, Probe probe) {
        SocketChannel opened;
        try {
            opened = channels.newChannel();
        } catch (ChannelException none) {
            probe.finish(EndpointTls.explain(none));
            return null;
        }
        ChannelFuture future = new Bootstrap()
                .group(loop)
                .channelFactory(() -> opened)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .handler(probe)
                .connect(target.address());
        future.addListener(done -> {
            if (!done.isSuccess()) {
                probe.finish(EndpointTls.explain(done.cause()));
            }
        });
        return future.channel();
    }
}
