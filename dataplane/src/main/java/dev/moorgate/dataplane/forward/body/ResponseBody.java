package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.compress.AnswerCompression;
import dev.moorgate.dataplane.grpc.WebFrames;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The content of an answer on its way to the client: passed on as it came wherever the client may have it so, small pieces in
 * one buffer with the head; kept here for a slow client where the route says so. One per exchange; its event loop only.
 */
public final class ResponseBody implements CodedContent.Next {
    /** Pieces that are put together where the client's protocol frames them. */
    private static final int SMALL = 1 << 10;

    private static final int GATHERED = 8 << 10;

    private final BodyReader reader = new BodyReader();
    private final HeadWriter writer;
    private final BufferSpace space;
    private final EventExecutor loop;
    private final ResponseOwner owner;
    private final AnswerCompression compression;
    private final CodedContent coded;
    private ContentForm form = ContentForm.AS_IT_IS;
    private BufferRule rule = BufferRule.OFF;
    private @Nullable ByteBuf out;
    /** The first small piece of a turn: where it stays the only one, it need not be put together with any. */
    private @Nullable ByteBuf alone;

    private @Nullable WebFrames web;
    private @Nullable ResponseSpool spool;
    private long bytes;
    private long received;
    private long announced;
    private boolean frames;
    private boolean lengthDiffers;
    private @Nullable MessageHead bareTrailers;
    private byte @Nullable [] trailerLines;
    private boolean ended;

    public ResponseBody(
            HeadWriter writer,
            BufferSpace space,
            EventExecutor loop,
            AnswerCompression compression,
            ResponseOwner owner) {
        this.compression = compression;
        coded = new CodedContent(compression, loop, this);
        this.writer = writer;
        this.space = space;
        this.loop = loop;
        this.owner = owner;
    }

    /** What compression makes of the answer; it decides before {@link #begin}. */
    public AnswerCompression compression() {
        return compression;
    }

    /** Frames of gRPC-Web that the content is made of, null: none; told before {@link #begin}. */
    public void frames(@Nullable WebFrames inside) {
        web = inside;
    }

    /**
     * Begins the content that {@code head} announces.
     *
     * @param bare it will come by {@link #take} and {@link #end(MessageHead, ResponseHead)}, else by {@link #pass}
     * @param to the client
     * @param current it knows chunks
     */
    public void begin(ResponseHead head, boolean bare, Outlet to, boolean current, BufferRule by) {
        BodyKind kind = head.bodyKind();
        frames = to.hasFrames();
        boolean chunks = current && !frames;
        boolean coding = compression.isCoding();
        form = ContentForm.of(kind, chunks, coding, bare || coding || web != null);
        rule = by;
        bytes = received = 0;
        announced = switch (kind) {
            case NONE -> 0;
            case LENGTH -> head.contentLength();
            case CHUNKED, UNTIL_CLOSE -> -1;
        };
        lengthDiffers = false;
        bareTrailers = null;
        trailerLines = null;
        ended = false;
        reader.begin(head, HeadLimits.STANDARD);
    }

    /**
     * The head is written.
     *
     * @param head what content may follow in the same buffer; null: it is on its way
     * @param last it said that nothing follows
     */
    public void follow(@Nullable ByteBuf head, boolean last) {
        out = head;
        ended = last;
    }

    /** Whether the client learns of the end by the connection's. */
    public boolean endsByClose() {
        return form == ContentForm.BARE && !frames;
    }

    /** Whether the client's head has to announce chunks. */
    public boolean isChunked(BodyKind kind) {
        return form == ContentForm.CHUNKED || kind == BodyKind.CHUNKED && form == ContentForm.AS_IT_IS;
    }

    /** Bytes that went to the client or wait for it here. */
    public long bytes() {
        return bytes;
    }

    /** Why it was refused, as a word. */
    public String refusal() {
        return lengthDiffers ? "length_differs" : reader.error().word();
    }

    // ------------------------------------------------------------------ content

    /** Passes on what {@code in} has of the content: DATA is not among the answers. */
    public Progress pass(ByteBuf in, Outlet client) {
        while (true) {
            Progress progress = form == ContentForm.AS_IT_IS ? reader.readVerbatim(in) : reader.read(in);
            if (progress != Progress.DATA) {
                return progress;
            }
            pass(in, reader.dataStart(), reader.dataLength(), client);
        }
    }

    private void pass(ByteBuf in, int start, int length, Outlet client) {
        received += length;
        WebFrames passing = web;
        if (passing != null) {
            passing.pass(in, start, length);
        }
        if (compression.isCoding()) {
            coded.add(in, start, length, client);
        } else {
            frame(in, start, length, client);
        }
    }

    private void frame(ByteBuf in, int start, int length, Outlet client) {
        bytes += length;
        ByteBuf buffer = out;
        if (form == ContentForm.CHUNKED) {
            buffer = buffer == null ? client.buffer(64) : buffer;
            HeadWriter.writeChunkSize(buffer, length);
        } else if (buffer == null && frames && form == ContentForm.BARE) {
            ByteBuf before = alone;
            if (before == null && length <= SMALL) {
                alone = in.retainedSlice(start, length);
                return;
            }
            if (before != null) {
                alone = null;
                buffer = client.buffer(GATHERED).writeBytes(before);
                before.release();
            }
        }
        boolean joined = buffer != null && length <= RequestBody.MOST_JOINED && length <= buffer.maxFastWritableBytes();
        if (joined && buffer != null) {
            buffer.writeBytes(in, start, length);
        } else {
            if (buffer != null) {
                emit(buffer, client);
                buffer = null;
            }
            emit(in.retainedSlice(start, length), client);
        }
        if (form == ContentForm.CHUNKED) {
            buffer = buffer == null ? client.buffer(64) : buffer;
            HeadWriter.writeChunkEnd(buffer);
        }
        out = buffer;
    }

    /** Takes over content that came bare; false: it is more than was announced. */
    public boolean take(ByteBuf piece, Outlet client) {
        int size = piece.readableBytes();
        lengthDiffers = announced >= 0 && received + size > announced;
        if (size > 0 && !lengthDiffers) {
            pass(piece, piece.readerIndex(), size, client);
        }
        piece.release();
        return !lengthDiffers;
    }

    /** Content that came bare is whole; false: it is less than was announced. */
    public boolean end(@Nullable MessageHead trailers, ResponseHead head) {
        lengthDiffers = announced >= 0 && received != announced;
        bareTrailers = trailers;
        trailerLines = trailers == null ? null : lines(trailers, head);
        return !lengthDiffers;
    }

    private void emit(ByteBuf buffer, Outlet client) {
        ResponseSpool kept = spool;
        if (kept == null) {
            client.write(buffer);
        } else {
            kept.write(buffer);
        }
    }

    /** Writes what was joined so far; what is being coded follows when the turn ends. */
    public void writeOut(Outlet client) {
        if (!coded.isUnflushed()) {
            writeJoined(client);
        }
    }

    /** The content breaks off: writes all that came of it. */
    public void writeLast(Outlet client) {
        coded.flush(client);
        writeJoined(client);
    }

    private void writeJoined(Outlet client) {
        ByteBuf buffer = taken();
        if (buffer != null) {
            emit(buffer, client);
        }
    }

    private @Nullable ByteBuf taken() {
        ByteBuf buffer = alone != null ? alone : out;
        alone = null;
        out = null;
        return buffer;
    }

    /** The content is whole: writes its end, as far as bytes say it. */
    public void complete(ResponseHead head, Outlet client) {
        if (compression.isCoding()) {
            coded.finish(client);
        }
        MessageHead trailers = reader.trailers();
        if (trailers != null && (frames || form == ContentForm.CHUNKED)) {
            trailerLines = lines(trailers, head);
        }
        if (!frames && (form == ContentForm.CHUNKED || form == ContentForm.AS_IT_IS && trailers != null)) {
            ByteBuf buffer = out == null ? client.buffer(256) : out;
            out = buffer;
            if (form == ContentForm.CHUNKED) {
                lastChunk(buffer);
            } else if (trailers != null) {
                TrailerRule.write(trailers, head, writer, buffer);
            }
        }
        writeJoined(client);
    }

    private byte @Nullable [] lines(MessageHead trailers, ResponseHead head) {
        if (compression.isCoded()) {
            compression.dropDigests(trailers);
        }
        return TrailerRule.lines(trailers, head, writer);
    }

    private void lastChunk(ByteBuf buffer) {
        byte[] lines = trailerLines;
        if (lines == null) {
            HeadWriter.writeLastChunk(buffer);
        } else {
            writer.startTrailers().addLines(lines).end(buffer);
        }
    }

    /** The trailers as they came, while the content is being completed; null: there are none. */
    public @Nullable MessageHead trailers() {
        return bareTrailers != null ? bareTrailers : reader.trailers();
    }

    /** Whether the client can be told in trailers, or in a frame that stands for them, that the content ends before its time. */
    public boolean mayTrail() {
        return frames && !ended && announced < 0 && spool == null && (web == null || web.isBetween());
    }

    /** Ends the content before its time, with these trailers. */
    public void trail(byte[] lines, Outlet client) {
        writeOut(client);
        WebFrames inside = web;
        if (inside == null) {
            trailerLines = lines;
        } else {
            byte[] frame = inside.end(lines);
            bytes += frame.length;
            client.write(client.buffer(frame.length).writeBytes(frame));
        }
        finish(client);
    }

    /** Everything is written: says so where frames do. */
    public void finish(Outlet client) {
        if (frames && !ended) {
            ended = true;
            byte[] lines = trailerLines;
            client.end(lines == null ? null : writer.startTrailerFields().addLines(lines));
        }
    }

    /** The upstream has closed: COMPLETE where that is the content's end. */
    public Progress close() {
        return reader.close();
    }

    // ------------------------------------------------------------------ said by what is coded

    @Override
    public void coded(ByteBuf piece, Outlet client) {
        frame(piece, piece.readerIndex(), piece.readableBytes(), client);
    }

    @Override
    public void turnEnded(Outlet client) {
        writeJoined(client);
        owner.spoolMoved();
    }

    @Override
    public void codingFailed(RuntimeException bug) {
        owner.codingFailed(bug);
    }

    // ------------------------------------------------------------------ slow clients

    /** Whether the endpoint has to wait for the client. */
    public boolean isFull(Outlet client) {
        if (coded.isFull()) {
            return true;
        }
        ResponseSpool kept = spool;
        if (kept == null) {
            if (client.hasRoom()) {
                return false;
            }
            if (!rule.isOn()) {
                return true;
            }
            kept = new ResponseSpool(space, loop, client, rule, owner);
            spool = kept;
        }
        return kept.isFull();
    }

    /** Whether something that was kept for the client is lost. */
    public boolean isBroken() {
        return spool != null && spool.isBroken();
    }

    /** The client can take more. */
    public void clientWritable() {
        ResponseSpool kept = spool;
        if (kept != null) {
            kept.clientWritable();
        }
    }

    /** Nothing more comes; whether the client has all of it that is kept here. Where not, the owner is told later. */
    public boolean isDrainedAtEnd() {
        ResponseSpool kept = spool;
        if (kept == null || kept.isDrained()) {
            return true;
        }
        kept.end();
        return false;
    }

    public void end() {
        ByteBuf buffer = taken();
        if (buffer != null) {
            buffer.release();
        }
        bytes = 0;
        web = null;
        coded.end();
        ResponseSpool kept = spool;
        spool = null;
        if (kept != null) {
            kept.close();
        }
    }
}
