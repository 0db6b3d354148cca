package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.http.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;

/**
 * What leaves on one stream: heads, content, the end. Content waits here only as long as the client or its network has no room, and
 * whoever writes is told to stop long before it is much. Its event loop only.
 */
final class Http3Output {
    /** Waiting bytes from which no more is wanted, and from which on again. */
    private static final int HIGH = 64 << 10;

    private static final int LOW = 32 << 10;
    /** A frame of type 0x40 without content, which means nothing to anybody (RFC 9114 7.2.8). */
    private static final byte[] RESERVED_FRAME = {0x40, 0x40, 0};

    /** How long a stream may take none of its first bytes, for which there is room whenever the client lives. */
    private static final long UNTOUCHED_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Told of what becomes of it. */
    interface Owner {
        /** Who was told to stop may go on. */
        void roomAgain();

        /** The end has left. */
        void outputEnded();

        /** The client takes no more of this stream. */
        void outputStopped();
    }

    private final QuicStreamChannel stream;
    private final Owner owner;
    private long pending;
    private int writes;
    private int sent;
    private int seenSent;
    private long movedAt;
    private boolean full;
    private boolean endQueued;
    private boolean endWritten;
    private boolean over;

    Http3Output(QuicStreamChannel stream, Owner owner) {
        this.stream = stream;
        this.owner = owner;
    }

    boolean isEndQueued() {
        return endQueued;
    }

    /** Whether nothing is written from now on. */
    boolean isOver() {
        return over;
    }

    long pendingBytes() {
        return pending;
    }

    boolean hasRoom() {
        boolean room = over || pending < HIGH && stream.isWritable();
        full |= !room;
        return room;
    }

    void head(HeadWriter head, boolean last) {
        var _ = head.end((bytes, length) -> headers(Http3Heads.response(bytes, length)));
        if (last) {
            end();
        }
    }

    void trailers(HeadWriter trailers) {
        var _ = trailers.end((bytes, length) -> {
            Http3Headers fields = Http3Heads.trailers(bytes, length);
            if (!fields.isEmpty()) {
                headers(fields);
            }
        });
        end();
    }

    private void headers(Http3Headers fields) {
        if (isWritten()) {
            track(stream.write(new DefaultHttp3HeadersFrame(fields)), 0);
        }
    }

    /** Takes over {@code content}. */
    void content(ByteBuf content) {
        int size = content.readableBytes();
        if (size == 0 || !isWritten()) {
            content.release();
        } else {
            pending += size;
            track(stream.write(new DefaultHttp3DataFrame(content)), size);
        }
    }

    /**
     * Whether the client takes what waits. Of a stream that the client has stopped and that is over for the transport nothing is
     * told: what is written there waits for ever.
     */
    boolean moves(long now) {
        if (writes == 0 || sent != seenSent) {
            seenSent = sent;
            movedAt = now;
        }
        return over || now - movedAt < (sent == 0 ? UNTOUCHED_NANOS : Patience.STALLED_NANOS);
    }

    /**
     * Sends a frame that means nothing where nothing else is under way: a client that has stopped this stream shows by it, and the
     * connection of one that waits patiently is not taken for idle.
     */
    void probe() {
        if (isWritten() && writes == 0) {
            track(writeReserved(false), 0);
        }
    }

    /** Past the codec: of what it makes in two pieces the transport does not say that the client has stopped it. */
    private ChannelFuture writeReserved(boolean end) {
        ChannelHandlerContext front = stream.pipeline().firstContext();
        if (front == null) {
            return stream.newFailedFuture(new ClosedChannelException());
        }
        ByteBuf frame = stream.alloc().directBuffer(RESERVED_FRAME.length).writeBytes(RESERVED_FRAME);
        return front.write(end ? new DefaultQuicStreamFrame(frame, true) : frame);
    }

    private boolean isWritten() {
        return !over && !endQueued;
    }

    void end() {
        endQueued = true;
        endIfSent();
    }

    /** Ends this side at once: the client must not take what it has for whole. */
    void reset(Http3ErrorCode error) {
        if (!over) {
            over = true;
            var _ = stream.shutdownOutput(error.code());
        }
    }

    /** The stream is gone. */
    void drop() {
        over = true;
    }

    private void track(ChannelFuture write, int size) {
        writes++;
        write.addListener(done -> written(size, done.isSuccess()));
    }

    private void written(int size, boolean left) {
        writes--;
        pending -= size;
        if (over) {
            return;
        }
        if (!left) {
            over = true;
            owner.outputStopped();
            return;
        }
        sent++;
        if (roomAgain()) {
            owner.roomAgain();
        }
        endIfSent();
    }

    /** Whether who was told to stop may go on. */
    boolean roomAgain() {
        if (full && !over && pending <= LOW && stream.isWritable()) {
            full = false;
            return true;
        }
        return false;
    }

    /**
     * The end goes behind all that waits: the transport would send it ahead. And it goes with a frame that means nothing: quiche
     * forgets a stream once all its bytes are acknowledged and its end is known (its {@code SendBuf::is_complete}), so that an end
     * by itself that is lost is never sent again.
     */
    private void endIfSent() {
        if (endQueued && !endWritten && writes == 0 && !over) {
            endWritten = true;
            writes++;
            writeReserved(true).addListener(done -> ended(done.isSuccess()));
        }
    }

    private void ended(boolean left) {
        writes--;
        if (over) {
            return;
        }
        over = true;
        if (left) {
            owner.outputEnded();
        } else {
            owner.outputStopped();
        }
    }
}
