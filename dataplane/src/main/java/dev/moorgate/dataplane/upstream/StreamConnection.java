package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
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
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.concurrent.TimeUnit;

/**
 * A connection to an endpoint in HTTP/2, whose streams are on lease one by one. Asks for a sign of life where streams are open and
 * nothing comes; ends when it has had no stream for long. Its event loop only.
 */
final class StreamConnection extends EndpointConduit implements Http2Transport, Http2Events {
    /** Streams before the endpoint has said how many it takes: what RFC 9113 6.5.2 asks every peer to take. */
    private static final int MOST_UNTOLD = 100;

    /** However many the endpoint takes: one lost packet stops them all. */
    private static final int MOST_STREAMS = 1_000;

    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long DEAD_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final StreamPool pool;
    private final Timers timers;
    private final Http2Session session;
    private final Deadline pulse = new Deadline(this::pulse);
    private int reserved;
    private int served;
    private long heardAt;
    private long idleSince;
    private boolean settled;

    StreamConnection(StreamPool pool, FlushQueue flushes, Timers timers) {
        super(flushes);
        this.pool = pool;
        this.timers = timers;
        Http2Settings settings =
                Http2Settings.client(HeadLimits.STANDARD, pool.target().tls() != null);
        session = new Http2Session(settings, this, this, timers.clock()::nanoTime);
    }

    // ------------------------------------------------------------------ connecting

    @Override
    UpstreamTarget target() {
        return pool.target();
    }

    private long now() {
        return timers.clock().nanoTime();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            handshaken(handshake);
        }
    }

    @Override
    void opened() {
        heardAt = idleSince = now();
        session.start();
        pool.upstream().opened();
        arm();
        if (pool.isRetired()) {
            retire();
        }
        pool.serve();
    }

    @Override
    void refused(ProxyFailure failure, String detail) {
        pool.failed(this, failure, detail);
    }

    // ------------------------------------------------------------------ streams

    /** How many more may be leased. */
    int freeStreams() {
        if (!isConnected() || hasLostOutput()) {
            return 0;
        }
        int most = (settled ? MOST_STREAMS : MOST_UNTOLD) - session.openStreams();
        return Math.min(session.freeStreams(), most) - reserved;
    }

    /** Whether four of five streams are taken. */
    boolean isNearlyFull() {
        int taken = session.openStreams() + reserved;
        return taken >= 4 * Math.max(0, freeStreams());
    }

    boolean isIdle() {
        return isConnected() && session.openStreams() + reserved == 0;
    }

    /** Whether the endpoint has said what it takes. */
    boolean isSettled() {
        return settled;
    }

    EndpointStream newStream(boolean tunnel) {
        reserved++;
        return new EndpointStream(this, served++ > 0, tunnel);
    }

    /** A lease sends its head. */
    Http2Stream open(EndpointStream lease, byte[] head, int length, int method, boolean tunnel, boolean end) {
        reserved--;
        return session.request(head, length, method, tunnel, end, lease);
    }

    /** Whether a head can be sent: the connection may have ended since the lease began. */
    boolean takesHead() {
        return session.freeStreams() > 0;
    }

    /** A lease ended without a head. */
    void unreserve() {
        reserved--;
        freed();
    }

    Http2Session session() {
        return session;
    }

    private void freed() {
        if (isIdle()) {
            idleSince = now();
        }
        pool.serve();
    }

    /** Takes no stream any more and ends with the last one. */
    void retire() {
        if (isConnected()) {
            session.drain();
        }
    }

    // ------------------------------------------------------------------ signs of life

    private void arm() {
        timers.arm(
                pulse, now(), Math.min(QUIET_NANOS, Math.max(1, pool.upstream().idleNanos())));
    }

    private void pulse() {
        long now = now();
        if (!isConnected()) {
            return;
        }
        if (isIdle()) {
            if (now - idleSince >= pool.upstream().idleNanos()) {
                session.drain();
                return;
            }
        } else if (now - heardAt >= DEAD_NANOS) {
            session.lost();
            close();
            return;
        } else if (now - heardAt >= QUIET_NANOS) {
            session.ping();
        }
        arm();
    }

    // ------------------------------------------------------------------ the connection

    @Override
    protected void received(ByteBuf bytes) {
        heardAt = now();
        session.receive(bytes);
    }

    @Override
    protected void turnEnds() {
        session.flush();
    }

    @Override
    public void wake() {
        flushLater();
    }

    @Override
    public void end() {
        closeWhenSent();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            session.flush();
        }
    }

    @Override
    void ended() {
        timers.forget(pulse);
        session.lost();
        pool.closed(this);
    }

    // ------------------------------------------------------------------ told by the session

    private static EndpointStream lease(Http2Stream stream) {
        if (stream.owner() instanceof EndpointStream lease) {
            return lease;
        }
        throw new IllegalStateException("a stream that nobody has on lease");
    }

    @Override
    public MessageHead head(Http2Stream stream) {
        return lease(stream).head();
    }

    @Override
    public void headers(Http2Stream stream, boolean end) {
        lease(stream).headers(end);
    }

    @Override
    public void refused(Http2Stream stream, ParseError error, boolean end) {
        throw new IllegalStateException("a client has nothing to answer");
    }

    @Override
    public void data(Http2Stream stream, ByteBuf data, boolean end) {
        lease(stream).data(stream, data, end);
    }

    @Override
    public void trailers(Http2Stream stream, MessageHead trailers) {
        lease(stream).ended(trailers);
    }

    @Override
    public void reset(Http2Stream stream, ResetCause why, Http2Error error) {
        lease(stream).reset(why, error, cause());
    }

    @Override
    public void writable(Http2Stream stream) {
        lease(stream).writable();
    }

    @Override
    public void settled() {
        settled = true;
        pool.serve();
    }

    @Override
    public void goingAway(Http2Error error) {
        // Its streams end by themselves; then so does the connection.
        session.drain();
    }

    @Override
    public void closed(Http2Stream stream) {
        freed();
    }
}
