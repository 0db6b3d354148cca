package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.Conduit;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The content of an answer on its way to the client: passed on as it came wherever the client may have it so, small pieces in
 * one buffer with the head; kept here for a slow client where the route says so. One per exchange; its event loop only.
 */
public final class ResponseBody {
    /** How content leaves. */
    private enum Form {
        /** As received, chunks included. */
        AS_IT_IS,
        /** Without its chunks: HTTP/1.0, ended by close. */
        BARE,
        /** In chunks of ours: the upstream ends it by close. */
        CHUNKED
    }

    /** Whose body it is. */
    public interface Owner {
        /** There may be room again for what the endpoint says. */
        void spoolMoved();

        /** The client has what was kept for it. */
        void spoolDrained();

        /** What was kept is lost. */
        void spoolFailed(String detail);
    }

    private final BodyReader reader = new BodyReader();
    private final HeadWriter writer;
    private final BufferSpace space;
    private final EventExecutor loop;
    private final Owner owner;
    private Form form = Form.AS_IT_IS;
    private BufferRule rule = BufferRule.OFF;
    private @Nullable ByteBuf out;
    private @Nullable ResponseSpool spool;
    private long bytes;

    public ResponseBody(HeadWriter writer, BufferSpace space, EventExecutor loop, Owner owner) {
        this.writer = writer;
        this.space = space;
        this.loop = loop;
        this.owner = owner;
    }

    /** Begins the content that {@code head} announces, for a client that knows chunks or not. */
    public void begin(ResponseHead head, boolean current, BufferRule by) {
        BodyKind kind = head.bodyKind();
        form = switch (kind) {
            case NONE, LENGTH -> Form.AS_IT_IS;
            case CHUNKED -> current ? Form.AS_IT_IS : Form.BARE;
            case UNTIL_CLOSE -> current ? Form.CHUNKED : Form.BARE;
        };
        rule = by;
        bytes = 0;
        reader.begin(head, HeadLimits.STANDARD);
    }

    /** The head, which content may follow in the same buffer. */
    public void follow(ByteBuf head) {
        out = head;
    }

    /** Whether the client learns of the end by the connection's. */
    public boolean endsByClose() {
        return form == Form.BARE;
    }

    /** Whether the client gets chunks. */
    public boolean isChunked(BodyKind kind) {
        return form == Form.CHUNKED || kind == BodyKind.CHUNKED && form == Form.AS_IT_IS;
    }

    /** Bytes that went to the client or wait for it here. */
    public long bytes() {
        return bytes;
    }

    public ParseError error() {
        return reader.error();
    }

    // ------------------------------------------------------------------ content

    /** Passes on what {@code in} has of the content: DATA is not among the answers. */
    public Progress pass(ByteBuf in, Conduit client) {
        while (true) {
            Progress progress = form == Form.AS_IT_IS ? reader.readVerbatim(in) : reader.read(in);
            if (progress != Progress.DATA) {
                return progress;
            }
            pass(in, reader.dataStart(), reader.dataLength(), client);
        }
    }

    private void pass(ByteBuf in, int start, int length, Conduit client) {
        bytes += length;
        ByteBuf buffer = out;
        if (form == Form.CHUNKED) {
            buffer = buffer == null ? client.buffer(64) : buffer;
            HeadWriter.writeChunkSize(buffer, length);
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
        if (form == Form.CHUNKED) {
            buffer = buffer == null ? client.buffer(64) : buffer;
            HeadWriter.writeChunkEnd(buffer);
        }
        out = buffer;
    }

    private void emit(ByteBuf buffer, Conduit client) {
        ResponseSpool kept = spool;
        if (kept == null) {
            client.write(buffer);
        } else {
            kept.write(buffer);
        }
    }

    /** Writes what was joined so far. */
    public void writeOut(Conduit client) {
        ByteBuf buffer = out;
        out = null;
        if (buffer != null) {
            emit(buffer, client);
        }
    }

    /** The content is whole: writes its end. */
    public void complete(ResponseHead head, Conduit client) {
        MessageHead trailers = form == Form.AS_IT_IS ? reader.trailers() : null;
        if (trailers != null || form == Form.CHUNKED) {
            ByteBuf buffer = out == null ? client.buffer(256) : out;
            out = buffer;
            if (trailers != null) {
                TrailerRule.write(trailers, head, writer, buffer);
            } else {
                HeadWriter.writeLastChunk(buffer);
            }
        }
        writeOut(client);
    }

    /** The upstream has closed: COMPLETE where that is the content's end. */
    public Progress close() {
        return reader.close();
    }

    // ------------------------------------------------------------------ slow clients

    /** Whether the endpoint has to wait for the client. */
    public boolean isFull(Conduit client) {
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
        ByteBuf buffer = out;
        out = null;
        if (buffer != null) {
            buffer.release();
        }
        ResponseSpool kept = spool;
        spool = null;
        if (kept != null) {
            kept.close();
        }
    }
}
