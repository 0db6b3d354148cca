package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Content on its way into an upstream: as it came where both sides frame it alike, else with chunks put around it or taken off
 * (RFC 9113 8.1). One per exchange; its event loop only.
 */
final class RequestSink {
    /** A piece up to this size is copied behind its chunk's size. */
    private static final int COPIED = 1 << 10;

    private enum Way {
        AS_IT_IS,
        INTO_CHUNKS,
        OUT_OF_CHUNKS
    }

    private final HeadWriter writer;
    private @Nullable BodyReader chunks;
    private @Nullable UpstreamStream to;
    private Way way = Way.AS_IT_IS;
    private boolean frames;
    private boolean ended;
    private int changes;

    RequestSink(HeadWriter writer) {
        this.writer = writer;
    }

    /** Whether an upstream without frames has to be told that chunks come. */
    static boolean needsChunks(UpstreamStream upstream, BodyKind kind) {
        return kind == BodyKind.CHUNKED && !upstream.hasFrames();
    }

    /**
     * Where what is written goes from now on.
     *
     * @param bare the content comes without chunks though its length is not known
     * @param limits that it has been read by
     */
    void begin(UpstreamStream upstream, RequestHead head, boolean bare, HeadLimits limits) {
        to = upstream;
        changes++;
        frames = upstream.hasFrames();
        ended = false;
        if (head.bodyKind() != BodyKind.CHUNKED || bare == frames) {
            way = Way.AS_IT_IS;
        } else if (bare) {
            way = Way.INTO_CHUNKS;
        } else {
            way = Way.OUT_OF_CHUNKS;
            BodyReader reader = chunks == null ? new BodyReader() : chunks;
            reader.begin(head, limits);
            chunks = reader;
        }
    }

    /** Writes what is held, behind the head in {@code out} where there is one and it fits. */
    void begin(@Nullable ByteBuf out, HeldPieces held, int mostJoined) {
        UpstreamStream upstream = known();
        int size = held.bytes();
        if (out == null) {
            held.writeTo(this);
        } else if (way == Way.AS_IT_IS && size <= out.maxFastWritableBytes() && size <= mostJoined) {
            held.copyTo(out);
            upstream.write(out);
        } else {
            upstream.write(out);
            held.writeTo(this);
        }
    }

    private UpstreamStream known() {
        UpstreamStream upstream = to;
        if (upstream == null) {
            throw new IllegalStateException("no upstream to write to");
        }
        return upstream;
    }

    @Nullable
    UpstreamStream upstream() {
        return to;
    }

    /** Whether more may be written. To ask makes room perhaps, and whoever hears of that may have begun another try. */
    boolean hasRoom() {
        UpstreamStream upstream = to;
        int before = changes;
        return upstream != null && upstream.hasRoom() && before == changes;
    }

    /** Takes over {@code piece}. */
    void write(ByteBuf piece) {
        UpstreamStream upstream = known();
        switch (way) {
            case AS_IT_IS -> upstream.write(piece);
            case INTO_CHUNKS -> chunk(piece, upstream);
            case OUT_OF_CHUNKS -> unchunk(piece, upstream);
        }
    }

    private static void chunk(ByteBuf piece, UpstreamStream upstream) {
        int size = piece.readableBytes();
        if (size == 0) {
            piece.release();
            return;
        }
        ByteBuf out = upstream.buffer(size <= COPIED ? size + 16 : 16);
        HeadWriter.writeChunkSize(out, size);
        if (size <= COPIED) {
            out.writeBytes(piece);
            piece.release();
        } else {
            upstream.write(out);
            upstream.write(piece);
            out = upstream.buffer(2);
        }
        HeadWriter.writeChunkEnd(out);
        upstream.write(out);
    }

    private void unchunk(ByteBuf piece, UpstreamStream upstream) {
        BodyReader reader = chunks;
        Progress progress = Progress.INCOMPLETE;
        while (reader != null && (progress = reader.read(piece)) == Progress.DATA) {
            upstream.write(reader.retainedData(piece));
        }
        piece.release();
        if (progress == Progress.REFUSED) {
            throw new IllegalStateException("chunks that were read once cannot be read again");
        }
    }

    /** Everything was written; {@code trailers} are lines that may follow content that came bare. */
    void end(byte @Nullable [] trailers) {
        UpstreamStream upstream = to;
        if (upstream == null || ended) {
            return;
        }
        ended = true;
        if (frames) {
            upstream.end(trailers(trailers));
        } else if (way == Way.INTO_CHUNKS) {
            ByteBuf out = upstream.buffer(trailers == null ? 8 : trailers.length + 8);
            if (trailers == null) {
                HeadWriter.writeLastChunk(out);
            } else {
                writer.startTrailers().addLines(trailers).end(out);
            }
            upstream.write(out);
        }
    }

    private @Nullable HeadWriter trailers(byte @Nullable [] lines) {
        BodyReader reader = chunks;
        MessageHead fields = way == Way.OUT_OF_CHUNKS && reader != null ? reader.trailers() : null;
        if (fields != null && fields.fieldCount() > 0) {
            return writer.startTrailerFields().copyFields(fields);
        }
        return lines == null ? null : writer.startTrailerFields().addLines(lines);
    }

    /** The head said that nothing follows it. */
    void isEnded() {
        ended = true;
    }

    void detach() {
        to = null;
        changes++;
    }
}
