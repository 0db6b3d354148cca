package dev.moorgate.dataplane.http2;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A stream of a {@link Http2Session}: whoever has it keeps its own state in {@link #owner}. It is over when both sides have
 * ended or one has reset it; calls for a stream that is over do nothing.
 */
public final class Http2Stream {
    /** Content that waits here before whoever sends it is to pause. */
    static final int MOST_PENDING = 64 << 10;

    /** Pieces below this size are copied together while they wait: each would hold on to the whole buffer that it was read into. */
    private static final int SMALL = 4 << 10;

    /** No more than a frame copies: no frame shares it, so that it can be filled while it leaves. */
    private static final int GATHERED = 8 << 10;

    final int id;
    /** Given back by the receiver of what the peer sends. */
    final FlowControl window;

    /** What the peer lets us send; below zero where it has made the window smaller. */
    int sendWindow;

    /** Of the request, a number of {@code Methods}: a response to HEAD has no content. */
    int method;

    /** What the peer's Content-Length promises and has not come; -1 where unknown. */
    long expected = -1;

    /** Bytes handed to the owner and not consumed. */
    int unconsumed;

    /** The final head of the peer is here. */
    boolean headRead;

    /** What comes is ignored: the request was refused. */
    boolean ignored;

    boolean remoteEnded;
    boolean localEnded;
    boolean over;

    /** Content that waits; null until some has to. */
    private @Nullable ArrayDeque<ByteBuf> queue;

    /** What waits last is a buffer for small pieces. */
    private boolean gathering;

    int pending;
    /** The end of our message is in the queue, or behind it. */
    boolean endQueued;

    byte @Nullable [] trailers;
    boolean ready;
    boolean full;

    private @Nullable Object owner;

    Http2Stream(int id, FlowControl window, int sendWindow) {
        this.id = id;
        this.window = window;
        this.sendWindow = sendWindow;
    }

    public int id() {
        return id;
    }

    public @Nullable Object owner() {
        return owner;
    }

    public void setOwner(@Nullable Object owner) {
        this.owner = owner;
    }

    /** Whether nothing will come or go any more. */
    public boolean isOver() {
        return over;
    }

    /** Whether the peer's message is whole. */
    public boolean isRemoteEnded() {
        return remoteEnded;
    }

    /** Whether ours is, as far as we are concerned: it may still be in the queue. */
    public boolean isLocalEnded() {
        return localEnded || endQueued;
    }

    /** Whether all of ours has left. */
    public boolean isSent() {
        return localEnded;
    }

    /** Bytes of content that were handed over and have not left. */
    public int pendingBytes() {
        return pending;
    }

    /** Whether more content may be handed over; where not, {@link Http2Events#writable} follows. */
    public boolean hasRoom() {
        return pending < MOST_PENDING;
    }

    boolean hasMore() {
        return pending > 0 || (endQueued && !localEnded);
    }

    /** Takes over {@code data}, which waits behind all that does. */
    void enqueue(ByteBuf data, Http2Transport transport) {
        int size = data.readableBytes();
        pending += size;
        ArrayDeque<ByteBuf> waiting = queue;
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
            queue = waiting;
        }
        ByteBuf last = waiting.peekLast();
        if (last == null || size >= SMALL) {
            waiting.add(data);
            gathering = false;
            return;
        }
        if (!gathering || last.writableBytes() < size) {
            last = transport.buffer(GATHERED);
            waiting.add(last);
            gathering = true;
        }
        last.writeBytes(data);
        data.release();
    }

    /** What waits first. */
    @Nullable
    ByteBuf first() {
        return queue == null ? null : queue.peek();
    }

    /** What waits first is the caller's now. */
    void dequeue() {
        if (queue != null) {
            var _ = queue.poll();
        }
    }

    void drop() {
        for (ByteBuf data = first(); data != null; data = first()) {
            dequeue();
            data.release();
        }
        pending = 0;
        trailers = null;
    }

    @Override
    public String toString() {
        return "stream " + id;
    }
}
