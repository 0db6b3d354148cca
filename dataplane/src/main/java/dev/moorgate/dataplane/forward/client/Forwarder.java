package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.compress.CompressionState;
import dev.moorgate.dataplane.compress.Compressors;
import dev.moorgate.dataplane.forward.LoopState;
import dev.moorgate.dataplane.forward.body.BufferSpace;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.observe.ConnectionObserver;
import dev.moorgate.dataplane.observe.ExchangeObserver;
import dev.moorgate.dataplane.observe.UpstreamObserver;
import dev.moorgate.dataplane.upstream.FlushQueue;
import dev.moorgate.dataplane.upstream.NanoClock;
import dev.moorgate.dataplane.upstream.Timers;
import dev.moorgate.dataplane.upstream.UpstreamPools;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The forwarding part of a process: puts its handler behind every client connection and tells every event loop of new
 * tables and of the drain. Any thread.
 */
public final class Forwarder {
    private final Supplier<ProxyState> states;
    private final Observers observers;
    private final ChannelFactory<? extends SocketChannel> channels;
    private final int loopCount;
    private final NanoClock clock;
    private final BufferSpace space;
    private final CompressionState compression;
    private final BooleanSupplier overloaded;
    private final Map<EventLoop, LoopState> loops = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /** Who is told of what happens. */
    public record Observers(ExchangeObserver exchanges, ConnectionObserver connections, UpstreamObserver upstreams) {
        public static final Observers NONE =
                new Observers(ExchangeObserver.NONE, ConnectionObserver.NONE, UpstreamObserver.NONE);
    }

    /**
     * @param states the state in force; asked for each request's head
     * @param channels of the transport that the event loops run
     * @param loopCount event loops of the process
     * @param space for bodies that routes let us keep
     * @param compression what coders of all loops share
     * @param overloaded further requests are to be refused for now
     */
    public Forwarder(
            Supplier<ProxyState> states,
            Observers observers,
            ChannelFactory<? extends SocketChannel> channels,
            int loopCount,
            NanoClock clock,
            BufferSpace space,
            CompressionState compression,
            BooleanSupplier overloaded) {
        this.states = states;
        this.observers = observers;
        this.channels = channels;
        this.loopCount = loopCount;
        this.clock = clock;
        this.space = space;
        this.compression = compression;
        this.overloaded = overloaded;
    }

    /** Takes over a client's connection, in clear or with its TLS handler in place; on the channel's event loop. */
    public void accept(Channel channel, String listener, ClientFacts client) {
        LoopState loop = loops.computeIfAbsent(channel.eventLoop(), this::newLoop);
        channel.pipeline()
                .addLast(
                        "forward",
                        speaksHttp2(channel)
                                ? new Http2Downstream(loop, listener, client)
                                : new DownstreamConnection(loop, listener, client));
    }

    /** Takes over a client's connection of QUIC that speaks HTTP/3; on the channel's event loop. */
    public void accept(QuicChannel channel, String listener, ClientFacts client) {
        LoopState loop = loops.computeIfAbsent(channel.eventLoop(), this::newLoop);
        new Http3Downstream(loop, channel, listener, client).begin();
    }

    private static boolean speaksHttp2(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls != null && ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
    }

    private LoopState newLoop(EventLoop loop) {
        var timers = new Timers(loop, clock);
        var flushes = new FlushQueue(loop);
        var pools = new UpstreamPools(loop, loopCount, channels, timers, flushes, observers.upstreams());
        return new LoopState(
                loop,
                timers,
                flushes,
                pools,
                states,
                () -> draining,
                overloaded,
                observers.exchanges(),
                observers.connections(),
                space,
                new Compressors(compression));
    }

    /** A new state is in force: connections that it has no use for are closed once they are idle. */
    public void adopted(ProxyState state) {
        onEach(loop -> loop.adopt(state));
    }

    /** Answers say {@code Connection: close} from now on, and idle connections are closed. */
    public void drain() {
        draining = true;
        onEach(LoopState::drain);
    }

    /** Cuts what is still open. */
    public void closeAll() {
        onEach(LoopState::closeAll);
    }

    /** Open connections of clients, one future an event loop. */
    public List<Future<Integer>> connectionCounts() {
        return ask(LoopState::connectionCount);
    }

    /** Deadlines that wait, one future an event loop: what is over waits for none. */
    public List<Future<Integer>> deadlineCounts() {
        return ask(loop -> loop.timers.hanging());
    }

    private void onEach(Consumer<LoopState> action) {
        for (LoopState loop : loops.values()) {
            loop.loop.execute(() -> action.accept(loop));
        }
    }

    private <T> List<Future<T>> ask(Function<LoopState, T> question) {
        List<Future<T>> answers = new ArrayList<>();
        for (LoopState loop : loops.values()) {
            answers.add(loop.loop.submit(() -> question.apply(loop)));
        }
        return answers;
    }
}
