package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.compress.Compressors;
import dev.moorgate.dataplane.forward.body.BufferSpace;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.observe.ConnectionObserver;
import dev.moorgate.dataplane.observe.ExchangeObserver;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import dev.moorgate.dataplane.upstream.FlushQueue;
import dev.moorgate.dataplane.upstream.NanoClock;
import dev.moorgate.dataplane.upstream.Timers;
import dev.moorgate.dataplane.upstream.UpstreamPools;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the connections of one event loop share: nothing here is locked, because nobody else comes near it. */
public final class LoopState {
    /** As many requests at once as a busy loop has over HTTP/2; about 3 KiB each. */
    private static final int KEPT_EXCHANGES = 1024;

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    public final EventLoop loop;
    final NanoClock clock;
    public final Timers timers;
    public final FlushQueue flushes;
    final UpstreamPools pools;
    public final Supplier<ProxyState> states;
    final ExchangeObserver exchanges;
    public final ConnectionObserver connections;
    final BufferSpace space;
    final Compressors compressors;
    final HeadWriter writer = new HeadWriter();
    final ExchangeRecord record = new ExchangeRecord();
    /** Those that are open. */
    final Set<Tunnel> tunnels = new HashSet<>();

    private final ArrayDeque<Exchange> spare = new ArrayDeque<>();
    private final OpenConnections open = new OpenConnections();
    private final BooleanSupplier draining;
    private final BooleanSupplier overloaded;
    private long dateSecond = Long.MIN_VALUE;
    private byte[] date = {};

    public LoopState(
            EventLoop loop,
            Timers timers,
            FlushQueue flushes,
            UpstreamPools pools,
            Supplier<ProxyState> states,
            BooleanSupplier draining,
            BooleanSupplier overloaded,
            ExchangeObserver exchanges,
            ConnectionObserver connections,
            BufferSpace space,
            Compressors compressors) {
        this.draining = draining;
        this.overloaded = overloaded;
        this.loop = loop;
        this.clock = timers.clock();
        this.timers = timers;
        this.flushes = flushes;
        this.pools = pools;
        this.states = states;
        this.exchanges = exchanges;
        this.connections = connections;
        this.space = space;
        this.compressors = compressors;
    }

    public long now() {
        return clock.nanoTime();
    }

    /** An exchange that is not in use: idle connections hold none. */
    public Exchange takeExchange() {
        Exchange exchange = spare.pollLast();
        return exchange == null ? new Exchange(this) : exchange;
    }

    void giveBack(Exchange exchange) {
        if (spare.size() < KEPT_EXCHANGES) {
            spare.addLast(exchange);
        } else {
            exchange.limits.forget();
        }
    }

    /** Date of RFC 9110 5.6.7, made once a second. */
    byte[] date() {
        long second = Math.floorDiv(clock.epochMillis(), 1000L);
        if (second != dateSecond) {
            dateSecond = second;
            date = DATE.format(Instant.ofEpochSecond(second)).getBytes(StandardCharsets.US_ASCII);
        }
        return date;
    }

    // ------------------------------------------------------------------ connections

    public OpenConnections.Node add(ClientConnection connection) {
        return open.add(connection);
    }

    public void remove(OpenConnections.@Nullable Node node) {
        if (node != null) {
            open.remove(node);
        }
    }

    public boolean isDraining() {
        return draining.getAsBoolean();
    }

    boolean isOverloaded() {
        return overloaded.getAsBoolean();
    }

    /** Idle connections are closed now, the others after the answer under way. */
    public void drain() {
        open.forEach(ClientConnection::closeIfIdle);
    }

    /** The drain's limit is reached: what is still open is cut, and WebSockets are told. */
    public void closeAll() {
        List.copyOf(tunnels).forEach(Tunnel::goAway);
        open.forEach(ClientConnection::close);
        pools.close();
    }

    public int connectionCount() {
        return open.count();
    }

    /** A new table is in force. */
    public void adopt(ProxyState state) {
        pools.retain(state::names);
        open.forEach(each -> {
            if (!each.isWantedBy(state)) {
                each.closeIfIdle();
            }
        });
    }
}
