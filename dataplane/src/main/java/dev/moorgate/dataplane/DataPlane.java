package dev.moorgate.dataplane;

import dev.moorgate.dataplane.balance.EndpointRegistry;
import dev.moorgate.dataplane.balance.StickySessions;
import dev.moorgate.dataplane.check.HealthChecker;
import dev.moorgate.dataplane.check.HealthLog;
import dev.moorgate.dataplane.compress.Codings;
import dev.moorgate.dataplane.compress.CompressionState;
import dev.moorgate.dataplane.control.PageServer;
import dev.moorgate.dataplane.control.TableView;
import dev.moorgate.dataplane.forward.body.BufferSpace;
import dev.moorgate.dataplane.forward.client.Forwarder;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.listen.Listeners;
import dev.moorgate.dataplane.listen.staple.Stapling;
import dev.moorgate.dataplane.listen.tls.TlsStore;
import dev.moorgate.dataplane.live.InstallObserver;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.dataplane.live.LiveTable;
import dev.moorgate.dataplane.live.StateBuilder;
import dev.moorgate.dataplane.live.UpstreamViews;
import dev.moorgate.dataplane.observe.AccessLog;
import dev.moorgate.dataplane.observe.EndpointMetrics;
import dev.moorgate.dataplane.observe.ExchangeObserver;
import dev.moorgate.dataplane.observe.JvmMetrics;
import dev.moorgate.dataplane.observe.LoopWatch;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.observe.UpstreamView;
import dev.moorgate.dataplane.relay.RelayMetrics;
import dev.moorgate.dataplane.relay.Relays;
import dev.moorgate.dataplane.upstream.NanoClock;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.wire.SessionCensus;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running proxy: event loops, sockets, the table in force. Starts without a table and serves nothing until one is
 * installed. Calls may block and come from any thread but event loops.
 */
public final class DataPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long CLOSE_SECONDS = 5;
    private static final long STAPLE_MILLIS = 5_000;
    /** Of the direct memory, kept bodies take a quarter at most. */
    private static final int SHARE_OF_BODIES = 4;
    /** As much as a quarter of it coders may have beside it. */
    private static final int SHARE_OF_CODERS = 4;

    private final VertxInternal vertx;
    private final AccessLog accessLog;
    private final ProxyMetrics metrics = new ProxyMetrics();
    private final Stapling stapling;
    private final TlsStore tls;
    private final HeapGuard heap = HeapGuard.ofThisProcess();
    private final Forwarder forwarder;
    private final Relays relays;
    private final RelayMetrics relayed = new RelayMetrics();
    private final Listeners listeners;
    private final HealthLog health = new HealthLog();
    private final HealthChecker checker;
    private final LiveTable live;
    private final LoopWatch watch;
    private final CensusTaker census;
    private volatile boolean draining;
    private volatile boolean stopped;
    private boolean closed;

    private final PrivateServers privateServers;

    private DataPlane(VertxInternal vertx, AccessLog accessLog, DataPlaneSettings settings) throws IOException {
        int loops = settings.loops();
        this.vertx = vertx;
        this.accessLog = accessLog;
        stapling = EventLoops.stapling(settings.asksLocalResponders());
        tls = new TlsStore(System::currentTimeMillis, stapling);
        var states = new AtomicReference<>(ProxyState.EMPTY);
        DataPlaneSettings.Spill spill = settings.spill();
        var space =
                new BufferSpace(spill.folder(), PlatformDependent.maxDirectMemory() / SHARE_OF_BODIES, spill.most());
        var compression =
                new CompressionState(Codings.ofThisProcess(), PlatformDependent.maxDirectMemory() / SHARE_OF_CODERS);
        metrics.include(space);
        metrics.include(compression);
        metrics.include(heap);
        forwarder = new Forwarder(
                states::get,
                new Forwarder.Observers(
                        ExchangeObserver.all(metrics, accessLog), metrics.connections(), metrics.upstreams()),
                () -> (SocketChannel) vertx.transport().channelFactory(false).newChannel(),
                loops,
                NanoClock.SYSTEM,
                space,
                compression,
                heap::refusesRequests);
        relays = new Relays(
                states::get,
                new Relays.Observers(
                        ExchangeObserver.all(relayed, accessLog), metrics.connections(), metrics.upstreams()),
                () -> (SocketChannel) vertx.transport().channelFactory(false).newChannel(),
                loops,
                NanoClock.SYSTEM);
        // one loop is its own acceptor: a hand-over to another thread would gain nothing
        EventLoopGroup acceptors = loops == 1 ? vertx.eventLoopGroup() : vertx.acceptorEventLoopGroup();
        listeners = new Listeners(
                acceptors,
                vertx.eventLoopGroup(),
                vertx.transport().serverChannelFactory(false),
                vertx.transport().datagramChannelFactory(),
                new Starts(forwarder, relays),
                metrics.connections(),
                heap::refusesConnections);
        var registry = new EndpointRegistry(System::nanoTime, settings.zone(), health);
        checker = new HealthChecker(
                vertx.eventLoopGroup().next(),
                () -> (SocketChannel) vertx.transport().channelFactory(false).newChannel(),
                NanoClock.SYSTEM,
                () -> ThreadLocalRandom.current().nextDouble(),
                health,
                registry::tick);
        metrics.include(health);
        StickySessions sticky = StickySessions.system();
        census = new CensusTaker(sticky, registry, metrics);
        metrics.include(census);
        var builder = new StateBuilder(metrics, registry, sticky, compression);
        live = new LiveTable(states, listeners, tls, this::adopted, builder, checker, installs());
        watch = LoopWatch.over(executors());
        metrics.include(watch);
        metrics.include(live.http3());
        metrics.include(stapling);
        vertx.setPeriodic(STAPLE_MILLIS, _ -> stapling.tick());
        metrics.include(accessLog);
        metrics.include(relayed);
        metrics.include(new EndpointMetrics(this::upstreams));
        metrics.include(new JvmMetrics(PlatformDependent::usedDirectMemory));
        privateServers = PrivateServers.open(vertx, sources(), settings);
    }

    private PageServer.Sources sources() {
        String release = Optional.ofNullable(DataPlane.class.getPackage().getImplementationVersion())
                .orElse("unreleased");
        return new PageServer.Sources(
                watch::trouble, this::obstacle, this::inForce, this::upstreams, stapling::views, metrics, release);
    }

    private Optional<TableView.Installed> inForce() {
        LiveTable.Installed now = live.installed();
        return hasTable() ? Optional.of(new TableView.Installed(now.table(), now.version())) : Optional.empty();
    }

    private List<UpstreamView> upstreams() {
        return UpstreamViews.of(live, System.nanoTime());
    }

    private boolean hasTable() {
        return !live.installed().version().equals(ProxyState.EMPTY.version());
    }

    private Optional<String> obstacle() {
        if (draining) {
            return Optional.of("draining");
        }
        return hasTable() ? Optional.empty() : Optional.of("no table is installed");
    }

    /**
     * Starts the event loops.
     *
     * @throws IOException where the access log cannot be written or a private listener cannot be opened
     */
    public static DataPlane start(DataPlaneSettings settings) throws IOException {
        AccessLog log = settings.accessLog().isPresent()
                ? AccessLog.toFile(settings.accessLog().get(), settings.queries())
                : AccessLog.toStdout(settings.queries());
        VertxInternal vertx = EventLoops.start(settings.transport(), settings.loops());
        try {
            return new DataPlane(vertx, log, settings);
        } catch (IOException e) {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            log.close();
            throw e;
        }
    }

    Map<String, Executor> executors() {
        var named = new LinkedHashMap<String, Executor>();
        for (EventExecutor loop : vertx.eventLoopGroup()) {
            named.put("loop-" + named.size(), loop);
        }
        return named;
    }

    private InstallObserver installs() {
        return new InstallObserver() {
            @Override
            public void installed(RouteTable table, String version) {
                accessLog.form(table.settings().accessLog());
                metrics.installed(table, version, new DigestOnce(table));
                relayed.installed(table);
                health.retain(table.upstreams().stream().map(Upstream::name).collect(Collectors.toSet()));
            }

            @Override
            public void refused() {
                metrics.refused();
            }
        };
    }

    private void adopted(ProxyState state) {
        forwarder.adopted(state);
        relays.adopted(state);
    }

    /** Puts a table and its endpoints in force, or tells why not; {@code version} is what logs and acks show. */
    public InstallResult install(String version, RouteTable table, EndpointTable endpoints) {
        return live.install(version, table, endpoints);
    }

    /** Replaces the endpoints and leaves the routes. */
    public InstallResult installEndpoints(String version, EndpointTable endpoints) {
        return live.installEndpoints(version, endpoints);
    }

    public LiveTable live() {
        return live;
    }

    public ProxyMetrics metrics() {
        return metrics;
    }

    /** What is known of sticky sessions now. */
    SessionCensus census() {
        return census.take();
    }

    /** The life cycle around it, for private servers. */
    public Vertx vertx() {
        return vertx;
    }

    /** Address and port of every listener as bound, by its name. */
    public Map<String, InetSocketAddress> boundPorts() {
        var ports = new LinkedHashMap<String, InetSocketAddress>();
        listeners.byListener().forEach((name, socket) -> ports.put(name, socket.localAddress()));
        return ports;
    }

    /** Address and port of HTTP/3 as bound, by the name of the listener that offers it. */
    public Map<String, InetSocketAddress> boundHttp3Ports() {
        return listeners.http3ByListener();
    }

    /** Where health is served, as bound. */
    public Optional<InetSocketAddress> health() {
        return privateServers.health();
    }

    /** Where admin is served, as bound. */
    public Optional<InetSocketAddress> admin() {
        return privateServers.admin();
    }

    /** Open connections of clients. */
    public int connections() {
        return listeners.connections();
    }

    /** Open connections of clients on each event loop. */
    public List<Integer> connectionsByLoop() {
        return listeners.loopCounts();
    }

    /** Whether clients should be sent here: a table is in force and no drain has begun. */
    public boolean isReady() {
        return obstacle().isEmpty();
    }

    /** What is wrong with the process itself: an event loop that no longer answers. */
    public Optional<String> trouble() {
        return watch.trouble();
    }

    /**
     * Lame duck (faults H5): not ready from now on, answers say {@code Connection: close}, idle connections are closed; accepting
     * goes on for at least {@code least}, for clients that have not heard yet. Ends when no connection is left, with {@code most},
     * or with {@link #stop}.
     */
    public DrainResult drain(Duration least, Duration most) {
        draining = true;
        forwarder.drain();
        long start = System.nanoTime();
        while (!stopped) {
            long passed = System.nanoTime() - start;
            int open = listeners.connections();
            if (passed >= most.toNanos() || open == 0 && passed >= least.toNanos()) {
                break;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return new DrainResult(listeners.connections());
    }

    /** Ends a drain at once (faults H6). */
    public void stop() {
        stopped = true;
    }

    /** Closes sockets, cuts what is open and ends all threads; a step that fails, as with a blocked event loop, keeps none from the end. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stopped = true;
        end("watch", watch::close);
        end("heap guard", heap::close);
        end("health checks", checker::close);
        end("sockets", listeners::closeSockets);
        // before the sockets of clients are closed: a WebSocket is told, and a stream that is cut must not look whole
        end("forwarder", forwarder::closeAll);
        end("relays", relays::closeAll);
        end("connections", listeners::closeConnections);
        end("event loops", this::endLoops);
        end("TLS", tls::close);
        end("access log", accessLog::close);
    }

    private static void end(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.error("cannot be ended: {}", what, e);
        }
    }

    private void endLoops() {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.error("event loops do not end within {} s: {}", CLOSE_SECONDS, e.toString());
        }
    }
}
