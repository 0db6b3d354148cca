package dev.moorgate.dataplane.relay;

import dev.moorgate.dataplane.balance.Attempts;
import dev.moorgate.dataplane.balance.Candidate;
import dev.moorgate.dataplane.balance.Pick;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.forward.state.UpstreamState;
import dev.moorgate.dataplane.route.RouteDecision;
import dev.moorgate.dataplane.upstream.Conduit;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.dataplane.upstream.Lease;
import dev.moorgate.dataplane.upstream.UpstreamConnection;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection and its endpoint's, bytes both ways with back pressure and half closes, on the table that was in force
 * when it began. {@code OPENING → CONNECTING → OPEN → CLOSED}; from each straight to CLOSED. Its event loop only.
 */
final class Relay extends Conduit {
    private static final int MOST_TRIES = 2;

    private enum Phase {
        OPENING,
        CONNECTING,
        OPEN,
        CLOSED
    }

    private final RelayLoop loop;
    private final String listener;
    private final ClientFacts client;
    private final String serverName;
    private final RelayOutcome outcome;
    private final Attempts attempts = new Attempts();
    private final Deadline idle = new Deadline(this::idled);
    private final Deadline queued = new Deadline(this::waited);
    private final Wish wish = new Wish();
    private final Side side = new Side();

    private Phase phase = Phase.OPENING;
    private ProxyState state = ProxyState.EMPTY;
    private @Nullable RoutePlan plan;
    private Pick.@Nullable Chosen chosen;
    private @Nullable UpstreamLoad load;
    private @Nullable UpstreamConnection upstream;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private boolean clientEnded;
    private boolean upstreamEnded;

    /** @param serverName that the client asked for; empty: none */
    Relay(RelayLoop loop, String listener, ClientFacts client, String serverName) {
        super(loop.flushes);
        this.loop = loop;
        this.listener = listener;
        this.client = client;
        this.serverName = serverName;
        this.outcome = new RelayOutcome(loop.now(), loop.timers.clock().epochMillis());
    }

    // ------------------------------------------------------------------ opening

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        outliveWrites();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        loop.add(this);
        loop.observers.connections().opened(listener);
        phase = Phase.CONNECTING;
        state = loop.states.get();
        outcome.version = state.version();
        ListenerState known = state.listener(listener);
        if (known == null) {
            refuse(ProxyFailure.NOT_READY, "");
            return;
        }
        switch (known.router().decide(serverName)) {
            case RouteDecision.NoHost<RoutePlan> _ -> refuse(ProxyFailure.NO_HOST, "");
            case RouteDecision.NoRoute<RoutePlan> _ -> refuse(ProxyFailure.NO_ROUTE, "");
            case RouteDecision.Found<RoutePlan> found -> {
                plan = found.plan();
                outcome.route = found.route().name();
                attempts.begin(loop.noHead, client.address());
                connect(found.plan());
            }
        }
    }

    private void refuse(ProxyFailure failure, String detail) {
        outcome.failed(failure, detail);
        close();
    }

    private void connect(RoutePlan on) {
        switch (on.balancer.pick(state.balance(), attempts)) {
            case Pick.Refused refused -> refuse(refused.failure(), "");
            // a connection has no session, and so nothing to wait for
            case Pick.Waiting _ -> refuse(ProxyFailure.SESSION_UNAVAILABLE, "");
            case Pick.Chosen pick -> connect(on, pick);
        }
    }

    private void connect(RoutePlan on, Pick.Chosen pick) {
        UpstreamState to = state.upstream(pick.endpoints().upstream().name());
        if (to == null) {
            refuse(ProxyFailure.INVALID_BACKEND, "");
            return;
        }
        if (load == null) {
            if (!to.load().tryRequest(pick.endpoints().upstream().limits().requests(), loop.now())) {
                refuse(ProxyFailure.CIRCUIT_OPEN, "");
                return;
            }
            load = to.load();
        }
        UpstreamTarget target = to.targets().get(pick.candidate().place());
        chosen = pick;
        outcome.attempts++;
        outcome.upstream = target.upstream().name();
        outcome.endpoint = target.label();
        pick.candidate().state().begin();
        // what one client said on a connection must not be another's: none is used twice
        var _ = loop.pools.acquire(target.inBytes(client.tls() == null), wish, true, on.connectNanos);
        if (wish.isQueued()) {
            loop.timers.arm(queued, loop.now(), on.connectNanos);
        }
    }

    /** Nobody has given up a connection in time; one that is being opened has a time of its own. */
    private void waited() {
        if (phase == Phase.CONNECTING && wish.isQueued()) {
            wish.cancel();
            leave();
            refuse(ProxyFailure.POOL_FULL, "no connection has become free");
        }
    }

    /** The wait for a connection. */
    private final class Wish extends Lease {
        @Override
        protected void leased(UpstreamStream stream) {
            Pick.Chosen on = chosen;
            if (phase != Phase.CONNECTING || on == null) {
                stream.discard();
                return;
            }
            if (!(stream instanceof UpstreamConnection connection)) {
                throw new IllegalStateException("a stream of another protocol carries no bytes");
            }
            phase = Phase.OPEN;
            loop.timers.forget(queued);
            upstream = connection;
            on.endpoints().connected(on.candidate());
            connection.setReader(side);
            connection.beginTunnel();
            connection.setReading(true);
            moved();
            ByteBuf waiting = held;
            held = Unpooled.EMPTY_BUFFER;
            if (waiting.isReadable()) {
                outcome.bytesIn += waiting.readableBytes();
                connection.write(waiting);
            }
            if (clientEnded) {
                connection.endOutput();
            }
            setReading(connection.hasRoom());
        }

        @Override
        protected void refused(ProxyFailure failure, String detail) {
            Pick.Chosen on = chosen;
            RoutePlan known = plan;
            if (phase != Phase.CONNECTING || on == null || known == null) {
                return;
            }
            on.endpoints().failed(on.candidate());
            attempts.failed(on.candidate());
            leave();
            if (failure.isRetryableUnsent() && outcome.attempts < MOST_TRIES) {
                connect(known);
            } else {
                refuse(failure, detail);
            }
        }
    }

    // ------------------------------------------------------------------ bytes

    private void moved() {
        RoutePlan known = plan;
        if (known != null) {
            loop.timers.arm(idle, loop.now(), known.tunnelIdleNanos);
        }
    }

    private void idled() {
        outcome.failed(ProxyFailure.STREAM_IDLE, "");
        cut();
    }

    @Override
    protected void received(ByteBuf bytes) {
        UpstreamConnection to = upstream;
        switch (phase) {
            case OPENING, CONNECTING -> {
                held = held.isReadable() ? Unpooled.wrappedBuffer(held, bytes) : bytes;
                setReading(false);
            }
            case OPEN -> {
                if (to == null) {
                    bytes.release();
                    return;
                }
                moved();
                outcome.bytesIn += bytes.readableBytes();
                to.write(bytes);
                setReading(to.hasRoom());
            }
            case CLOSED -> bytes.release();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        UpstreamConnection from = upstream;
        if (from != null && ctx.channel().isWritable()) {
            from.setReading(true);
        }
    }

    /** The endpoint's end of it. */
    private final class Side implements ByteReader {
        @Override
        public void upstreamRead(ByteBuf bytes) {
            moved();
            outcome.answered(loop.now(), bytes.readableBytes());
            write(bytes);
            UpstreamConnection from = upstream;
            if (from != null) {
                from.setReading(hasRoom());
            }
        }

        @Override
        public void upstreamWritable() {
            setReading(true);
        }

        @Override
        public void upstreamInputEnded() {
            upstreamEnded = true;
            if (clientEnded) {
                closeWhenSent();
            } else {
                closeOutput();
            }
        }

        @Override
        public void upstreamClosed(@Nullable Throwable cause) {
            upstream = null;
            leave();
            if (phase == Phase.CLOSED) {
                return;
            }
            if (cause == null || upstreamEnded && clientEnded) {
                closeWhenSent();
            } else {
                outcome.failed(ProxyFailure.UPSTREAM_RESET, "");
                cut();
            }
        }
    }

    // ------------------------------------------------------------------ ending

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // an engine that has read close_notify writes nothing any more: the end of one direction is the end of both
        boolean isOver = event instanceof SslCloseCompletionEvent close && close.isSuccess();
        if ((isOver || event instanceof ChannelInputShutdownEvent) && !clientEnded) {
            if (hasLostOutput()) {
                gone();
                return;
            }
            clientEnded = true;
            UpstreamConnection to = upstream;
            if (to != null && upstreamEnded) {
                closeWhenSent();
            } else if (to != null) {
                to.endOutput();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        if (!losesOutput(problem)) {
            gone();
        }
    }

    private void gone() {
        outcome.failed(ProxyFailure.CLIENT_GONE, "");
        close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean wasOpening = phase == Phase.OPENING;
        boolean wasConnecting = phase == Phase.CONNECTING;
        phase = Phase.CLOSED;
        loop.timers.forget(idle);
        loop.timers.forget(queued);
        held.release();
        held = Unpooled.EMPTY_BUFFER;
        if (wasConnecting) {
            wish.cancel();
            outcome.failed(ProxyFailure.CLIENT_GONE, "");
        }
        UpstreamConnection to = upstream;
        upstream = null;
        leave();
        if (to != null) {
            to.setReader(Gone.INSTANCE);
            if (clientEnded) {
                to.closeWhenSent();
            } else {
                outcome.failed(ProxyFailure.CLIENT_GONE, "");
                // it must not take what it has got for everything
                to.cut();
            }
        }
        UpstreamLoad counted = load;
        if (counted != null) {
            counted.requestEnded();
        }
        if (!wasOpening) {
            loop.remove(this);
            loop.observers.connections().closed(listener);
            outcome.tell(loop.record, listener, client, serverName, loop.now());
            loop.observers.relays().finished(loop.record);
        }
    }

    private void leave() {
        Pick.Chosen on = chosen;
        chosen = null;
        if (on != null) {
            Candidate candidate = on.candidate();
            candidate.state().end();
        }
    }

    /** Throws away what still comes from an endpoint whose client has gone. */
    private enum Gone implements ByteReader {
        INSTANCE;

        @Override
        public void upstreamRead(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void upstreamWritable() {}

        @Override
        public void upstreamClosed(@Nullable Throwable cause) {}
    }
}
