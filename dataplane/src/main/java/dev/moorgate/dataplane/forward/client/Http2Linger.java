package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.http2.Http2Session;
import dev.moorgate.dataplane.http2.Http2Stream;

/**
 * A stream of HTTP/2 that is open although its exchange is over. Who has its answer and does not end its request is told that nobody
 * wants the rest (RFC 9113 8.1); who does not fetch its answer loses it. Its event loop only.
 */
final class Http2Linger {
    private final Http2Session session;
    private final Http2Stream stream;
    private long since;
    private int pending;
    private boolean sent;

    Http2Linger(Http2Session session, Http2Stream stream, long now) {
        this.session = session;
        this.stream = stream;
        since = now;
        pending = stream.pendingBytes();
        sent = stream.isSent();
    }

    void look(long now) {
        if (stream.pendingBytes() < pending || stream.isSent() && !sent) {
            pending = stream.pendingBytes();
            sent = stream.isSent();
            since = now;
        } else if (now - since >= (sent ? Patience.LINGER_NANOS : Patience.STALLED_NANOS)) {
            session.reset(stream, sent ? Http2Error.NO_ERROR : Http2Error.CANCEL);
        }
    }
}
