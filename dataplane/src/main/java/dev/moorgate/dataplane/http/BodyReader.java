package dev.moorgate.dataplane.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds the content of one message in what is received, whatever its framing; one of these a direction of a connection,
 * reused. Call {@link #read} until it no longer answers DATA. Pieces are ranges of the input: nothing is copied or
 * retained here.
 */
public final class BodyReader {
    private enum State {
        LENGTH,
        UNTIL_CLOSE,
        CHUNKED,
        DONE,
        REFUSED
    }

    private final ChunkReader chunks = new ChunkReader();
    private State state = State.DONE;
    private long remaining;
    private long received;
    private int dataStart;
    private int dataLength;
    private ParseError error = ParseError.CUT_SHORT;

    /** Begins the content that {@code head} announces; the limits bound head and trailers together. */
    public void begin(MessageHead head, HeadLimits limits) {
        received = 0;
        remaining = 0;
        dataLength = 0;
        chunks.forget();
        switch (head.bodyKind()) {
            case NONE -> state = State.DONE;
            case LENGTH -> {
                state = State.LENGTH;
                remaining = head.contentLength();
            }
            case CHUNKED -> {
                state = State.CHUNKED;
                chunks.begin(limits, head.fieldBytes(), head.fieldCount());
            }
            case UNTIL_CLOSE -> state = State.UNTIL_CLOSE;
        }
    }

    /** DATA: a piece of content lies at {@link #dataStart} in {@code in}, whose reader index is behind it already. */
    public Progress read(ByteBuf in) {
        return state == State.CHUNKED ? chunks(in, false) : plain(in);
    }

    /**
     * The same, but the pieces of chunked content keep their framing, so that they can be passed on as chunked content
     * byte by byte: extensions are taken out, {@code 0 CRLF} is in, and so is the CRLF of an empty trailer section. Where
     * {@link #trailers()} is not null at the end, {@link HeadWriter#startTrailerFields()} has to follow.
     */
    public Progress readVerbatim(ByteBuf in) {
        return state == State.CHUNKED ? chunks(in, true) : plain(in);
    }

    private Progress plain(ByteBuf in) {
        if (state == State.DONE) {
            return Progress.COMPLETE;
        }
        if (state == State.REFUSED) {
            return Progress.REFUSED;
        }
        int size = in.readableBytes();
        if (size == 0) {
            return Progress.INCOMPLETE;
        }
        if (state == State.LENGTH) {
            size = (int) Math.min(remaining, size);
            remaining -= size;
            if (remaining == 0) {
                state = State.DONE;
            }
        }
        dataStart = in.readerIndex();
        dataLength = size;
        in.skipBytes(size);
        received += size;
        return Progress.DATA;
    }

    private Progress chunks(ByteBuf in, boolean verbatim) {
        Progress progress = chunks.read(in, verbatim);
        received = chunks.content();
        switch (progress) {
            case DATA -> {
                dataStart = chunks.dataStart();
                dataLength = chunks.dataLength();
                if (chunks.isDone()) {
                    state = State.DONE;
                }
            }
            case COMPLETE -> state = State.DONE;
            case REFUSED -> {
                state = State.REFUSED;
                error = chunks.error();
            }
            case INCOMPLETE -> {}
        }
        return progress;
    }

    /** The peer has closed its side: COMPLETE where that is a proper end, else REFUSED with CUT_SHORT. */
    public Progress close() {
        if (state == State.UNTIL_CLOSE) {
            state = State.DONE;
        }
        if (state != State.DONE) {
            error = state == State.REFUSED ? error : ParseError.CUT_SHORT;
            state = State.REFUSED;
            return Progress.REFUSED;
        }
        return Progress.COMPLETE;
    }

    /** Whether the content is whole: true as soon as the last piece is handed out. */
    public boolean isDone() {
        return state == State.DONE;
    }

    public int dataStart() {
        return dataStart;
    }

    public int dataLength() {
        return dataLength;
    }

    /** The last piece as a slice with a reference count of its own to {@code in}. */
    public ByteBuf retainedData(ByteBuf in) {
        return in.retainedSlice(dataStart, dataLength);
    }

    /** Bytes of content since {@link #begin}, chunk framing not counted. */
    public long received() {
        return received;
    }

    /** Fields behind the last chunk, once whole; those that must not be merged or forwarded are dropped already. */
    public @Nullable MessageHead trailers() {
        return state == State.DONE ? chunks.trailers() : null;
    }

    /** Why the content was refused. */
    public ParseError error() {
        if (state != State.REFUSED) {
            throw new IllegalStateException("the content was not refused");
        }
        return error;
    }
}
