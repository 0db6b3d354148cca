package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.forward.ClientConnection;
import dev.moorgate.dataplane.forward.LoopState;
import dev.moorgate.dataplane.forward.OpenConnections;
import dev.moorgate.dataplane.forward.Outcome;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http2.AbuseGuard;
import dev.moorgate.dataplane.http2.ResetCause;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.routetable.ProxySettings;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection of HTTP/3: each of its streams is an {@link Http3Client}. Ends with two GOAWAYs where nothing is wrong
 * (RFC 9114 5.2). Its event loop only.
 */
final class Http3Downstream extends ChannelInboundHandlerAdapter implements ClientConnection {
    /** How often a connection with streams is looked at, and its streams are probed. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** Between the first GOAWAY, which names no last stream, and the second: what is on its way comes in. */
    private static final long GOODBYE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** Above any stream of a client. */
    private static final long ANY_STREAM = (1L << 62) - 4;
    /** Streams of a client are four apart. */
    private static final long NEXT = 4;

    final LoopState loop;
    final ClientFacts client;
    final Http3Heads heads = new Http3Heads();

    private final QuicChannel channel;
    private final ListenerState.Known listener;
    private final Set<Http3Client> streams = new LinkedHashSet<>();
    private final AbuseGuard guard;
    private final Deadline deadline = new Deadline(this::look);
    private OpenConnections.@Nullable Node place;
    private boolean closed;
    private boolean announced;
    private boolean lastNamed;
    private long lastStream = -NEXT;
    private long idleSince;
    private long agedAt;

    Http3Downstream(LoopState loop, QuicChannel channel, String listenerName, ClientFacts client) {
        this.loop = loop;
        this.channel = channel;
        this.client = client;
        listener = new ListenerState.Known(listenerName, client);
        guard = new AbuseGuard(loop::now);
    }

    /** Takes over a connection whose handshake is done. */
    void begin() {
        loop.connections.opened(listener.name);
        place = loop.add(this);
        ListenerState known = listener.refresh(loop.states.get());
        ProxySettings.Http2 rule = known == null ? ProxySettings.Http2.STANDARD : known.http2;
        long now = loop.now();
        idleSince = now;
        agedAt = now + Patience.jittered(rule.connectionAge().toNanos());
        var settings = new DefaultHttp3SettingsFrame(
                new Http3Settings().maxFieldSectionSize(mostOf(known == null ? HeadLimits.STANDARD : known.limits)));
        var requests = new ChannelInitializer<QuicStreamChannel>() {
            @Override
            protected void initChannel(QuicStreamChannel stream) {
                var frames = new FrameEnds();
                var request = new Http3Client(Http3Downstream.this, stream);
                stream.pipeline().addFirst(frames).addLast(new Http3Input(request, stream, frames));
            }
        };
        channel.pipeline()
                .addLast("http3", new Http3ServerConnectionHandler(requests, null, null, settings, true))
                .addLast("forward", this);
        arm(now);
        if (loop.isDraining() || !isWantedBy(listener.state())) {
            // while its handshake was under way everybody else was told
            closeIfIdle();
        }
    }

    /** What is above our limits is answered, and only what is far above ends the connection. */
    private static long mostOf(HeadLimits limits) {
        return 2L * (limits.headerBlock() + limits.requestLine()) + 32L * limits.fields();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!closed) {
            closed = true;
            loop.timers.forget(deadline);
            loop.remove(place);
            loop.connections.closed(listener.name);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        if (Outcome.isBug(problem)) {
            Outcome.log(problem);
            close(Http3ErrorCode.H3_INTERNAL_ERROR);
        } else {
            // the codec ends the connection by itself where that is due
            loop.connections.goneAway(listener.name, "a connection error");
        }
    }

    @Override
    public ListenerState.Known listener() {
        return listener;
    }

    @Override
    public boolean isWantedBy(ProxyState state) {
        ListenerState there = state.listener(listener.name);
        return there != null && there.altSvc != null;
    }

    // ------------------------------------------------------------------ streams

    void opened(Http3Client stream) {
        streams.add(stream);
        lastStream = lastNamed ? lastStream : Math.max(lastStream, stream.streamId());
        if (streams.size() == 1) {
            arm(loop.now());
        }
    }

    void closed(Http3Client stream) {
        streams.remove(stream);
        if (streams.isEmpty()) {
            idleSince = loop.now();
            if (!endIfDrained() && !closed) {
                arm(idleSince);
            }
        }
    }

    /** The client was told that nobody looks at such a stream. */
    boolean rejects(long stream) {
        return lastNamed && stream > lastStream;
    }

    long headNanos() {
        ListenerState known = listener.last();
        return known == null ? Patience.LOOK_NANOS : known.headNanos;
    }

    void streamReset(ResetCause cause) {
        loop.connections.streamReset(listener.name, cause.name());
        if (guard.reset()) {
            fail("too many streams were reset");
        }
    }

    /** A stream's exchange is over. */
    void exchangeEnded() {
        if (loop.isDraining() || !isWantedBy(listener.state())) {
            closeIfIdle();
        }
    }

    // ------------------------------------------------------------------ time

    private void arm(long now) {
        ListenerState known = listener.last();
        long idle = known == null ? Patience.LOOK_NANOS : known.keepAliveNanos;
        long next = streams.isEmpty() ? Math.max(1, idleSince + idle - now) : LOOK_NANOS;
        if (announced && !lastNamed) {
            next = GOODBYE_NANOS;
        }
        loop.timers.arm(deadline, now, Math.min(next, Math.max(1, agedAt - now)));
    }

    private void look() {
        if (closed) {
            return;
        }
        long now = loop.now();
        if (announced && !lastNamed) {
            nameLast();
            if (closed) {
                return;
            }
        }
        if (now - agedAt >= 0) {
            agedAt = now + Patience.NEVER;
            loop.connections.aged(listener.name);
            closeIfIdle();
            arm(now);
            return;
        }
        ListenerState known = listener.last();
        if (streams.isEmpty() && (known == null || now - idleSince >= known.keepAliveNanos)) {
            closeIfIdle();
            return;
        }
        // one that has stopped its stream is taken off the list
        List.copyOf(streams).forEach(each -> each.look(now));
        if (!closed) {
            arm(now);
        }
    }

    // ------------------------------------------------------------------ the end

    @Override
    public void closeIfIdle() {
        if (closed || announced) {
            return;
        }
        announced = true;
        goAway(ANY_STREAM);
        arm(loop.now());
    }

    private void nameLast() {
        lastNamed = true;
        goAway(lastStream + NEXT);
        var _ = endIfDrained();
    }

    private boolean endIfDrained() {
        boolean over = lastNamed && streams.isEmpty() && !closed;
        if (over) {
            close(Http3ErrorCode.H3_NO_ERROR);
        }
        return over;
    }

    private void goAway(long id) {
        QuicStreamChannel control = Http3.getLocalControlStream(channel);
        if (control != null) {
            var _ = control.writeAndFlush(new DefaultHttp3GoAwayFrame(id));
        }
    }

    private void fail(String why) {
        broken(Http3ErrorCode.H3_EXCESSIVE_LOAD, why);
    }

    /** Ends the connection for what its client did. */
    void broken(Http3ErrorCode error, String why) {
        if (!closed) {
            loop.connections.goneAway(listener.name, why);
            close(error);
        }
    }

    @Override
    public void close() {
        close(Http3ErrorCode.H3_NO_ERROR);
    }

    private void close(Http3ErrorCode error) {
        if (!closed) {
            var _ = channel.close(true, error.code(), Unpooled.EMPTY_BUFFER);
        }
    }
}
