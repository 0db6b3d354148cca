package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.http2.Http2Stream;
import dev.moorgate.dataplane.http2.ResetCause;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One stream of a {@link StreamConnection} on lease; there is none yet before the head is sent. Its event loop only. */
final class EndpointStream implements UpstreamStream {
    private final StreamConnection connection;
    private boolean reused;
    private final boolean tunnel;
    private @Nullable UpstreamReader reader;
    private @Nullable Http2Stream stream;
    private boolean over;
    private boolean unprocessed;
    private boolean reading = true;
    private int owed;

    /** @param tunnel what is asked for is one, by extended CONNECT (RFC 8441) */
    EndpointStream(StreamConnection connection, boolean reused, boolean tunnel) {
        this.connection = connection;
        this.reused = reused;
        this.tunnel = tunnel;
    }

    // ------------------------------------------------------------------ sending

    @Override
    public boolean hasFrames() {
        return true;
    }

    @Override
    public @Nullable ByteBuf head(HeadWriter head, int room, boolean last) {
        head.end((bytes, length) -> {
            if (stream == null && !over && connection.takesHead()) {
                stream = connection.open(this, bytes, length, method(bytes), tunnel, last && !tunnel);
            } else {
                unprocessed = true;
            }
        });
        return null;
    }

    private static int method(byte[] head) {
        boolean isHead = head[0] == 'H' && head[1] == 'E' && head[2] == 'A' && head[3] == 'D' && head[4] == ' ';
        return isHead ? Methods.HEAD : Methods.OTHER;
    }

    @Override
    public ByteBuf buffer(int size) {
        return connection.buffer(size);
    }

    @Override
    public void write(ByteBuf content) {
        Http2Stream to = stream;
        if (to == null) {
            content.release();
        } else {
            connection.session().data(to, content, false);
        }
    }

    @Override
    public void end(@Nullable HeadWriter trailers) {
        Http2Stream to = stream;
        if (trailers != null) {
            trailers.end((lines, length) -> {
                if (to != null) {
                    connection.session().trailers(to, lines, length);
                }
            });
        } else if (to != null) {
            connection.session().data(to, Unpooled.EMPTY_BUFFER, true);
        }
    }

    @Override
    public boolean hasRoom() {
        return stream == null || stream.hasRoom();
    }

    @Override
    public long pendingBytes() {
        return stream == null ? 0 : stream.pendingBytes();
    }

    // ------------------------------------------------------------------ the lease

    @Override
    public void setReader(UpstreamReader newReader) {
        reader = newReader;
    }

    /** Content that has come is told to be consumed while more is wanted: else its sender stops at the window. */
    @Override
    public void setReading(boolean on) {
        reading = on;
        Http2Stream from = stream;
        if (on && owed > 0 && from != null) {
            int bytes = owed;
            owed = 0;
            connection.session().consumed(from, bytes);
        }
    }

    @Override
    public boolean isReused() {
        return reused;
    }

    @Override
    public boolean isUnsent() {
        return stream == null || unprocessed;
    }

    @Override
    public void release() {
        leave();
    }

    @Override
    public void discard() {
        leave();
    }

    /** What has ended both ways ends by itself, also where the end of ours has yet to leave: that needs no window. */
    private void leave() {
        if (over) {
            return;
        }
        over = true;
        reader = null;
        Http2Stream used = stream;
        if (used == null) {
            connection.unreserve();
        } else if (!used.isRemoteEnded() || !used.isLocalEnded() || used.pendingBytes() > 0) {
            connection.session().reset(used, Http2Error.CANCEL);
        }
    }

    @Override
    public boolean mayTunnel() {
        return connection.session().takesWebSockets();
    }

    @Override
    public void beginTunnel() {
        if (!tunnel) {
            throw new IllegalStateException("a stream that is not one was to become a tunnel");
        }
    }

    @Override
    public void endOutput() {
        end(null);
    }

    // ------------------------------------------------------------------ told by the session

    ResponseHead head() {
        UpstreamReader user = reader;
        return user == null ? new ResponseHead() : user.answerHead();
    }

    @SuppressWarnings("ReferenceEquality") // the very one
    void headers(boolean last) {
        UpstreamReader user = reader;
        if (user == null) {
            return;
        }
        user.upstreamHead(last);
        UpstreamReader next = reader;
        if (last && next != null && next != user) {
            // a tunnel whose other side ends as it begins
            next.upstreamEnd(null);
        }
    }

    void data(Http2Stream from, ByteBuf data, boolean last) {
        int size = data.readableBytes();
        UpstreamReader user = reader;
        if (user != null && size > 0) {
            user.upstreamContent(data);
        } else {
            data.release();
        }
        if (reading || over) {
            connection.session().consumed(from, size);
        } else {
            owed += size;
        }
        if (last) {
            ended(null);
        }
    }

    void ended(@Nullable MessageHead trailers) {
        UpstreamReader user = reader;
        if (user != null) {
            user.upstreamEnd(trailers);
        }
    }

    void reset(ResetCause why, Http2Error error, @Nullable Throwable cause) {
        UpstreamReader user = reader;
        if (user == null) {
            return;
        }
        if (why == ResetCause.PEER_AT_FAULT) {
            user.upstreamRefused("malformed answer in HTTP/2: " + error.word());
            return;
        }
        over = true;
        reader = null;
        if (why == ResetCause.BY_PEER) {
            // The endpoint is there and has answered so: a fresh connection would change nothing.
            reused = false;
        }
        unprocessed =
                why == ResetCause.UNPROCESSED || (why == ResetCause.BY_PEER && error == Http2Error.REFUSED_STREAM);
        user.upstreamClosed(cause != null ? cause : new StreamLost(why, error));
    }

    void writable() {
        UpstreamReader user = reader;
        if (user != null) {
            user.upstreamWritable();
        }
    }

    /** A stream ended before its end; the trace would only show our own reading. */
    private static final class StreamLost extends IOException {
        private static final long serialVersionUID = 1;

        StreamLost(ResetCause why, Http2Error error) {
            super(why + " " + error.word());
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }
}
