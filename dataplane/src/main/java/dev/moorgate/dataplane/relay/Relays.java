package dev.moorgate.dataplane.relay;

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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The relaying part of a process: puts a {@link Relay} behind every client connection of a TLS listener. Any thread. */
public final class Relays {
    private final Supplier<ProxyState> states;
    private final Observers observers;
    private final ChannelFactory<? extends SocketChannel> channels;
    private final int loopCount;
    private final NanoClock clock;
    private final Map<EventLoop, RelayLoop> loops = new ConcurrentHashMap<>();

    /**
     * Who is told of what happens.
     *
     * @param relays of each connection that ended, with what was known of it
     */
    public record Observers(ExchangeObserver relays, ConnectionObserver connections, UpstreamObserver upstreams) {}

    /**
     * @param states the state in force; asked for each connection
     * @param channels of the transport that the event loops run
     * @param loopCount event loops of the process
     */
    public Relays(
            Supplier<ProxyState> states,
            Observers observers,
            ChannelFactory<? extends SocketChannel> channels,
            int loopCount,
            NanoClock clock) {
        this.states = states;
        this.observers = observers;
        this.channels = channels;
        this.loopCount = loopCount;
        this.clock = clock;
    }

    /** Takes over a client's connection, with its TLS handler in place where TLS is terminated; on the channel's event loop. */
    public void accept(Channel channel, String listener, ClientFacts client, Optional<String> serverName) {
        RelayLoop loop = loops.computeIfAbsent(channel.eventLoop(), this::newLoop);
        channel.pipeline().addLast("relay", new Relay(loop, listener, client, serverName.orElse("")));
    }

    private RelayLoop newLoop(EventLoop loop) {
        var timers = new Timers(loop, clock);
        var flushes = new FlushQueue(loop);
        var pools = new UpstreamPools(loop, loopCount, channels, timers, flushes, observers.upstreams());
        return new RelayLoop(timers, flushes, pools, states, observers);
    }

    /** A new state is in force; connections that are relayed stay as they are. */
    public void adopted(ProxyState state) {
        onEach(loop -> loop.pools.retain(state::names));
    }

    /** Cuts what is still open. */
    public void closeAll() {
        onEach(RelayLoop::closeAll);
    }

    private void onEach(Consumer<RelayLoop> action) {
        loops.forEach((loop, own) -> loop.execute(() -> action.accept(own)));
    }
}
