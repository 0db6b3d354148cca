package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.Client;
import dev.moorgate.dataplane.forward.ClientConnection;
import dev.moorgate.dataplane.forward.Exchange;
import dev.moorgate.dataplane.forward.LoopState;
import dev.moorgate.dataplane.forward.OpenConnections;
import dev.moorgate.dataplane.forward.Outcome;
import dev.moorgate.dataplane.forward.Replies;
import dev.moorgate.dataplane.forward.body.HeldInput;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.upstream.Conduit;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.dataplane.upstream.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection of HTTP/1.1: reads heads, gives each request to an {@link Exchange}, one at a time and in order, and holds
 * what a client sends ahead. Its event loop only.
 */
final class DownstreamConnection extends Conduit implements Client, Outlet.Bytes, ClientConnection {
    private enum Phase {
        IDLE,
        HEAD,
        EXCHANGE,
        TUNNEL,
        LINGER,
        CLOSED
    }

    final ListenerState.Known listener;
    private final ClientFacts client;
    private final LoopState loop;
    private OpenConnections.@Nullable Node place;
    private Phase phase = Phase.IDLE;
    private @Nullable Exchange exchange;
    private final HeldInput held = new HeldInput();
    private boolean taking;
    private boolean inputEnded;
    private boolean used;
    private long lingered;
    private long headBegan;
    private long seenTaken;
    private final Deadline deadline = new Deadline(this::timedOut);

    DownstreamConnection(LoopState loop, String listenerName, ClientFacts client) {
        super(loop.flushes);
        this.loop = loop;
        this.client = client;
        this.listener = new ListenerState.Known(listenerName, client);
    }

    @Override
    public ClientFacts facts() {
        return client;
    }

    @Override
    public ListenerState.Known listener() {
        return listener;
    }

    @Override
    public String protocol(boolean current) {
        return current ? "HTTP/1.1" : "HTTP/1.0";
    }

    @Override
    public boolean isLasting() {
        return !loop.isDraining() && !inputEnded && isWantedBy(loop.states.get());
    }

    // ------------------------------------------------------------------ opening

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        place = loop.add(this);
        loop.connections.opened(listener.name);
        listener.refresh(loop.states.get());
        armIdle();
        if (!isLasting()) {
            closeIfIdle();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        loop.timers.forget(deadline);
        held.drop();
        if (exchange != null) {
            exchange.clientGone();
        }
        exchange = null;
        loop.remove(place);
        loop.connections.closed(listener.name);
    }

    // ------------------------------------------------------------------ reading

    @Override
    protected void received(ByteBuf bytes) {
        switch (phase) {
            case TUNNEL -> current().tunnelBytes(bytes);
            case LINGER -> linger(bytes);
            case CLOSED -> bytes.release();
            case EXCHANGE, IDLE, HEAD -> {
                held.add(bytes, context().alloc());
                switch (preface()) {
                    case NONE -> take();
                    case PERHAPS -> awaitHead(listener.last());
                    case HTTP2 -> {
                        phase = Phase.CLOSED;
                        loop.timers.forget(deadline);
                        loop.remove(place);
                        Http2Downstream.replace(this, loop, held.take());
                    }
                }
            }
        }
    }

    private Preface preface() {
        boolean may = !used && exchange == null && client.tls() == null && listener.takesHttp2();
        return may ? Preface.of(held.peek()) : Preface.NONE;
    }

    private Exchange current() {
        return Exchange.known(exchange);
    }

    /** Uses up what waits as far as it can be used now. */
    private void take() {
        if (taking) {
            return;
        }
        taking = true;
        try {
            for (ByteBuf in = held.peek(); in != null; in = held.peek()) {
                if (!in.isReadable()) {
                    held.drop();
                } else if (phase == Phase.EXCHANGE) {
                    if (!current().request.bytes(in)) {
                        break;
                    }
                } else if (phase == Phase.IDLE || phase == Phase.HEAD) {
                    head(in);
                } else {
                    break;
                }
            }
        } finally {
            taking = false;
        }
        throttle();
    }

    /** Stops reading while too much waits for its turn. */
    private void throttle() {
        boolean more = takesMore();
        if (!more || phase == Phase.IDLE || phase == Phase.HEAD) {
            setReading(more);
        }
    }

    /** Until too much waits for the end of a request. */
    @Override
    protected boolean takesMore() {
        return phase != Phase.EXCHANGE || !current().request.isComplete() || !held.isFull();
    }

    private void head(ByteBuf in) {
        Exchange next = exchange == null ? loop.takeExchange() : exchange;
        exchange = next;
        RequestHead head = next.head;
        ListenerState known = listener.refresh(loop.states.get());
        if (known == null) {
            close();
            return;
        }
        if (phase == Phase.IDLE) {
            headBegan = loop.now();
        }
        switch (head.parse(in, known.limits)) {
            case INCOMPLETE -> awaitHead(known);
            case COMPLETE -> {
                deadline.disarm();
                phase = Phase.EXCHANGE;
                seenTaken = 0;
                next.begin(this, listener.state(), known, headBegan, in);
            }
            case REFUSED -> {
                deadline.disarm();
                refuse(Replies.failureOf(head.error()), head.error().word());
            }
            case DATA -> throw new IllegalStateException("a head has no data");
        }
    }

    private void refuse(ProxyFailure failure, String detail) {
        phase = Phase.EXCHANGE;
        ListenerState known = listener.last();
        Exchange refused = exchange;
        if (known == null || refused == null) {
            close();
        } else {
            refused.refuse(this, listener.state(), known, headBegan, failure, detail);
        }
    }

    private void awaitHead(@Nullable ListenerState known) {
        if (phase == Phase.IDLE) {
            phase = Phase.HEAD;
            headBegan = loop.now();
            loop.timers.arm(deadline, headBegan, known == null ? Patience.FIRST_NANOS : known.headNanos);
        }
    }

    // ------------------------------------------------------------------ said by the exchange

    @Override
    public void exchangeDone() {
        exchange = null;
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.IDLE;
        used = true;
        if (!isLasting()) {
            end(false);
            return;
        }
        armIdle();
        if (!taking) {
            setReading(true);
            take();
        }
    }

    private void armIdle() {
        ListenerState known = listener.last();
        loop.timers.arm(deadline, loop.now(), known == null ? TimeUnit.SECONDS.toNanos(1) : known.keepAliveNanos);
    }

    @Override
    public void exchangeDoneAndClose(boolean unread) {
        exchange = null;
        if (phase != Phase.CLOSED) {
            // Where the endpoint ended it first, the client may be sending yet.
            end(unread || phase == Phase.TUNNEL && client.tls() == null);
        }
    }

    @Override
    public void exchangeCut(ProxyFailure failure, boolean endsByClose) {
        exchange = null;
        if (endsByClose) {
            cut();
        } else {
            close();
        }
    }

    private void end(boolean unread) {
        held.drop();
        phase = Phase.LINGER;
        loop.timers.arm(deadline, loop.now(), unread ? Patience.LINGER_NANOS : Patience.SENDING_NANOS);
        if (unread && !inputEnded) {
            if (client.tls() == null) {
                closeOutput();
            } else {
                flushNow();
            }
            setReading(true);
        } else {
            closeWhenSent();
        }
    }

    private void linger(ByteBuf bytes) {
        lingered += bytes.readableBytes();
        bytes.release();
        if (lingered > Patience.LINGER_BYTES) {
            close();
        }
    }

    @Override
    public void beginTunnel() {
        phase = Phase.TUNNEL;
        outliveWrites();
        ByteBuf in = held.take();
        if (in != null) {
            current().tunnelBytes(in);
        }
        setReading(true);
    }

    @Override
    public void endTunnelOutput() {
        closeOutput();
    }

    // ------------------------------------------------------------------ events

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Exchange current = exchange;
        if (current != null && ctx.channel().isWritable() && phase != Phase.CLOSED) {
            current.clientWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof ChannelInputShutdownEvent)) {
            return;
        }
        inputEnded = true;
        if (hasLostOutput()) {
            close();
            return;
        }
        switch (phase) {
            case IDLE, LINGER -> closeWhenSent();
            case HEAD -> close();
            case EXCHANGE -> {
                if (current().request.isComplete()) {
                    seenTaken = taken();
                    loop.timers.arm(deadline, loop.now(), Patience.HALF_CLOSED_NANOS);
                } else {
                    close();
                }
            }
            case TUNNEL -> current().tunnelInputEnded();
            case CLOSED -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        Exchange current = exchange;
        if (Outcome.isBug(problem) && phase == Phase.EXCHANGE && current != null) {
            current.brokeDown(problem);
        } else if (!losesOutput(problem)) {
            close();
        }
    }

    private void timedOut() {
        switch (phase) {
            case IDLE, LINGER -> awaitTaken(-pendingBytes(), Patience.SENDING_NANOS);
            case HEAD -> refuse(ProxyFailure.HEAD_TIMEOUT, "the head took too long");
            case EXCHANGE -> awaitTaken(taken(), Patience.HALF_CLOSED_NANOS);
            case TUNNEL, CLOSED -> {}
        }
    }

    /** The end of an answer is worth waiting for while the client takes some of it; 0, where nothing is left, is nothing new. */
    private void awaitTaken(long taken, long nanos) {
        if (taken == seenTaken) {
            close();
        } else {
            seenTaken = taken;
            loop.timers.arm(deadline, loop.now(), nanos);
        }
    }

    /** Bytes of the answer that have left. */
    private long taken() {
        return current().bytesOut() - pendingBytes();
    }

    /** Without a request under way there is nothing to wait for; a connection that never had any gets a moment for its first. */
    @Override
    public void closeIfIdle() {
        if (phase == Phase.IDLE && used) {
            closeWhenSent();
        } else if (phase == Phase.IDLE) {
            loop.timers.arm(deadline, loop.now(), Patience.FIRST_NANOS);
        }
    }
}
