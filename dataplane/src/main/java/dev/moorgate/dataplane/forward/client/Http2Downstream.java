package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.ClientConnection;
import dev.moorgate.dataplane.forward.Exchange;
import dev.moorgate.dataplane.forward.LoopState;
import dev.moorgate.dataplane.forward.OpenConnections;
import dev.moorgate.dataplane.forward.Outcome;
import dev.moorgate.dataplane.forward.Replies;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.http2.Http2Events;
import dev.moorgate.dataplane.http2.Http2Session;
import dev.moorgate.dataplane.http2.Http2Settings;
import dev.moorgate.dataplane.http2.Http2Stream;
import dev.moorgate.dataplane.http2.Http2Transport;
import dev.moorgate.dataplane.http2.ResetCause;
import dev.moorgate.dataplane.upstream.Conduit;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.routetable.ProxySettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection of HTTP/2: each of its streams is an {@link Exchange}. Ends with two GOAWAYs where nothing is wrong
 * (RFC 9113 6.8). Its event loop only.
 */
final class Http2Downstream extends Conduit implements ClientConnection, Http2Transport, Http2Events {
    /** How long a client may take to answer the first GOAWAY before it is closed, where it has no stream open. */
    private static final long GOODBYE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Bytes that wait for the socket before nothing more is read; content stops long before. */
    private static final int MOST_PENDING = 512 << 10;

    final LoopState loop;
    final ClientFacts client;
    final ListenerState.Known listener;

    private OpenConnections.@Nullable Node place;
    private @Nullable Http2Session session;
    private boolean counted;
    private boolean flushing;
    private boolean woken;
    private boolean closed;
    private long idleSince;
    private final Http2Watch watch = new Http2Watch();
    private boolean ending;
    private long drainedAt;
    private long agedAt;

    private final Deadline deadline = new Deadline(this::look);

    /** Streams whose exchange is over. */
    private final Map<Http2Stream, Http2Linger> lingering = new HashMap<>(0);

    Http2Downstream(LoopState loop, String listenerName, ClientFacts client) {
        this(loop, new ListenerState.Known(listenerName, client), client);
    }

    Http2Downstream(LoopState loop, ListenerState.Known listener, ClientFacts client) {
        super(loop.flushes);
        this.loop = loop;
        this.client = client;
        this.listener = listener;
    }

    // ------------------------------------------------------------------ opening and closing

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        loop.connections.opened(listener.name);
        begin();
    }

    /** The connection turns out to speak HTTP/2: it has sent {@code first} already, and was counted when it began. */
    static void replace(DownstreamConnection before, LoopState loop, @Nullable ByteBuf first) {
        var next = new Http2Downstream(loop, before.listener, before.facts());
        before.channel().pipeline().replace(before, "forward", next);
        next.begin();
        if (first != null) {
            next.received(first);
        }
    }

    private void begin() {
        counted = true;
        place = loop.add(this);
        ListenerState known = listener.refresh(loop.states.get());
        HeadLimits limits = known == null ? HeadLimits.STANDARD : known.limits;
        ProxySettings.Http2 rule = known == null ? ProxySettings.Http2.STANDARD : known.http2;
        var opened = new Http2Session(Http2Settings.server(limits, rule.streams(), true), this, this, loop::now);
        session = opened;
        long now = loop.now();
        agedAt = now + Patience.jittered(rule.connectionAge().toNanos());
        idleSince = now;
        watch.begin(now);
        opened.start();
        arm(now);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (closed) {
            return;
        }
        closed = true;
        loop.timers.forget(deadline);
        loop.remove(place);
        if (counted) {
            loop.connections.closed(listener.name);
        }
        Http2Session known = session;
        if (known != null) {
            known.lost();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        if (Outcome.isBug(problem)) {
            Outcome.log(problem);
            session().close(Http2Error.INTERNAL_ERROR, "");
        }
        close();
    }

    @Override
    public void end() {
        ending = true;
        closeWhenSent();
        if (!closed) {
            loop.timers.arm(deadline, loop.now(), Patience.SENDING_NANOS);
        }
    }

    @Override
    public ListenerState.Known listener() {
        return listener;
    }

    ByteBufAllocator allocator() {
        return context().alloc();
    }

    Http2Session session() {
        return Exchange.known(session);
    }

    // ------------------------------------------------------------------ bytes

    @Override
    protected void received(ByteBuf bytes) {
        Http2Session known = session();
        known.receive(bytes);
        if (watch.received(known.frameUnderWay())) {
            watch.frameBegins(loop.now());
        }
        if (pendingBytes() > MOST_PENDING) {
            // Content waits for room. Heads do not, nor does what answers frames: who reads none of it is asked for no
            // more.
            setReading(false);
        }
    }

    @Override
    public void wake() {
        woken = true;
        flushLater();
    }

    @Override
    protected void turnEnds() {
        if (flushing) {
            return;
        }
        flushing = true;
        try {
            while (woken) {
                woken = false;
                session().flush();
            }
        } finally {
            flushing = false;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && session != null) {
            setReading(true);
            session().flush();
        }
    }

    // ------------------------------------------------------------------ time

    private void arm(long now) {
        ListenerState known = listener.last();
        long idle = known == null ? Patience.LOOK_NANOS : known.keepAliveNanos;
        boolean busy = watch.isWithinFrame() || session().openStreams() > 0;
        long next = busy ? Patience.LOOK_NANOS : Math.max(1, idleSince + idle - now);
        loop.timers.arm(deadline, now, Math.min(next, Math.max(1, agedAt - now)));
    }

    private void look() {
        if (closed) {
            return;
        }
        if (ending) {
            close();
            return;
        }
        Http2Session known = session();
        ListenerState on = listener.last();
        long now = loop.now();
        long head = on == null ? Patience.LOOK_NANOS : on.headNanos;
        if (watch.isFrameLate(now, head)) {
            fail(Http2Error.ENHANCE_YOUR_CALM, "a frame takes too long");
            return;
        }
        if (watch.isStalled(known, pendingBytes(), !channel().config().isAutoRead(), now)) {
            fail(Http2Error.ENHANCE_YOUR_CALM, "the client stopped reading");
            return;
        }
        for (Http2Linger each : List.copyOf(lingering.values())) {
            each.look(now);
        }
        if (ending) {
            return;
        }
        if (known.isDraining() && now - drainedAt >= GOODBYE_NANOS) {
            known.nameLast();
        }
        if (now - agedAt >= 0) {
            agedAt = now + Patience.NEVER;
            loop.connections.aged(listener.name);
            goodbye();
            return;
        }
        if (known.openStreams() == 0 && !watch.isWithinFrame()) {
            if (known.isDraining()) {
                known.close(Http2Error.NO_ERROR, "");
                return;
            }
            if (on == null || now - idleSince >= on.keepAliveNanos || isLeaving()) {
                goodbye();
                return;
            }
        }
        arm(now);
    }

    private void fail(Http2Error error, String why) {
        loop.connections.goneAway(listener.name, why);
        session().close(error, why);
    }

    /** Two GOAWAYs, and a while for the client to answer the first. */
    private void goodbye() {
        Http2Session known = session();
        if (!known.isDraining()) {
            drainedAt = loop.now();
        }
        known.drain();
        if (!closed && known.isOpen()) {
            loop.timers.arm(deadline, loop.now(), known.openStreams() == 0 ? GOODBYE_NANOS : Patience.LOOK_NANOS);
        }
    }

    @Override
    public void closeIfIdle() {
        goodbye();
    }

    /** A stream's exchange is over, the stream is not. */
    void lingers(Http2Stream stream) {
        lingering.put(stream, new Http2Linger(session(), stream, loop.now()));
    }

    /** A stream's exchange is over. */
    void exchangeEnded() {
        idleSince = loop.now();
        if (isLeaving()) {
            goodbye();
        }
    }

    private boolean isLeaving() {
        return loop.isDraining() || !isWantedBy(loop.states.get());
    }

    // ------------------------------------------------------------------ streams

    private static Http2Client of(Http2Stream stream) {
        return (Http2Client) Exchange.known(stream.owner());
    }

    @Override
    public MessageHead head(Http2Stream stream) {
        var opened = new Http2Client(this, stream, loop.takeExchange());
        stream.setOwner(opened);
        if (session().openStreams() == 1) {
            // nothing was looked at while the connection was idle
            long now = loop.now();
            watch.busyAgain(now);
            arm(now);
        }
        return opened.head();
    }

    @Override
    public void headers(Http2Stream stream, boolean end) {
        ListenerState known = listener.refresh(loop.states.get());
        if (known == null) {
            of(stream).gone();
            session().reset(stream, Http2Error.REFUSED_STREAM);
        } else {
            of(stream).begin(listener.state(), known);
        }
    }

    @Override
    public void refused(Http2Stream stream, ParseError error, boolean end) {
        ListenerState known = listener.refresh(loop.states.get());
        if (known == null) {
            of(stream).gone();
            session().reset(stream, Http2Error.REFUSED_STREAM);
        } else {
            ProxyFailure failure = Replies.failureOf(error);
            of(stream).refuse(listener.state(), known, failure, error.word());
        }
    }

    @Override
    public void data(Http2Stream stream, ByteBuf data, boolean end) {
        of(stream).data(data, end);
    }

    @Override
    public void trailers(Http2Stream stream, MessageHead trailers) {
        of(stream).trailers(trailers);
    }

    @Override
    public void reset(Http2Stream stream, ResetCause cause, Http2Error error) {
        loop.connections.streamReset(listener.name, cause.name());
        if (stream.owner() != null) {
            of(stream).gone();
        }
    }

    @Override
    public void writable(Http2Stream stream) {
        of(stream).writable();
    }

    @Override
    public void closed(Http2Stream stream) {
        if (!lingering.isEmpty()) {
            lingering.remove(stream);
        }
        stream.setOwner(null);
        if (!closed && session().openStreams() == 0) {
            idleSince = loop.now();
            arm(idleSince);
        }
    }

    @Override
    public void failed(Http2Error error, String why) {
        loop.connections.goneAway(listener.name, why);
    }
}
