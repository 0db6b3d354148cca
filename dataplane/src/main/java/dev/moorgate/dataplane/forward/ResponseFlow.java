package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamConnection;
import dev.moorgate.dataplane.upstream.UpstreamReader;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answer of an upstream on its way to the client: read strictly, its head edited, its content passed on as it came
 * wherever the client may have it so. One per exchange; its event loop only.
 */
final class ResponseFlow implements UpstreamReader {
    private static final int MOST_INTERIM = 32;
    private static final int HEAD_ROOM = 384;
    private static final byte[] EVENT_STREAM = "text/event-stream".getBytes(StandardCharsets.US_ASCII);

    /** How content leaves. */
    private enum Form {
        /** As received, chunks included. */
        AS_IT_IS,
        /** Without its chunks: HTTP/1.0, ended by close. */
        BARE,
        /** In chunks of ours: the upstream ends it by close. */
        CHUNKED
    }

    private final Exchange exchange;
    private final ResponseHead head = new ResponseHead();
    private final BodyReader body = new BodyReader();
    private final HeadWriter writer;
    private @Nullable UpstreamConnection from;
    private @Nullable ByteBuf out;
    private Form form = Form.AS_IT_IS;
    private int interim;
    private boolean begun;
    private boolean continued;
    private boolean keepClient;
    private boolean reusable;
    private boolean paused;

    ResponseFlow(Exchange exchange) {
        this.exchange = exchange;
        this.writer = exchange.loop.writer;
    }

    void begin(UpstreamConnection connection) {
        from = connection;
        head.reset();
        interim = 0;
        begun = false;
        reusable = false;
        paused = false;
        connection.setReader(this);
    }

    /** Whether the client has got a final head. */
    boolean hasBegunAnswer() {
        return begun;
    }

    /** Whether a 100 was passed on. */
    boolean hasContinued() {
        return continued;
    }

    boolean isReusable() {
        return reusable;
    }

    /** Whether a proper close would be taken for the end of the content. */
    boolean endsByClose() {
        return begun && form == Form.BARE;
    }

    void end() {
        from = null;
        begun = false;
        continued = false;
        head.reset();
        ByteBuf buffer = out;
        out = null;
        if (buffer != null) {
            buffer.release();
        }
    }

    // ------------------------------------------------------------------ reading

    @Override
    public void upstreamRead(ByteBuf bytes) {
        UpstreamConnection connection = from;
        try {
            if (connection == null) {
                return;
            }
            if (!connection.hasFlushed()) {
                // Nothing was asked yet: this belongs to nobody, and least of all to this client.
                exchange.retries.failed(ProxyFailure.UPSTREAM_RESET, "unsolicited bytes", true);
                return;
            }
            if (begun || readHead(bytes, connection)) {
                readBody(bytes);
            }
        } finally {
            bytes.release();
        }
    }

    /** True: the final head is on its way and content may follow. */
    private boolean readHead(ByteBuf in, UpstreamConnection connection) {
        while (true) {
            switch (head.parse(in, HeadLimits.STANDARD, exchange.head.methodId())) {
                case INCOMPLETE -> {
                    return false;
                }
                case REFUSED -> {
                    refuse(head.error().word());
                    return false;
                }
                case COMPLETE -> {
                    if (!head.isInterim()) {
                        return finalHead(in, connection);
                    }
                    if (++interim > MOST_INTERIM) {
                        refuse("too many interim responses");
                        return false;
                    }
                    passInterim();
                }
                case DATA -> throw new IllegalStateException("a head has no data");
            }
        }
    }

    private void refuse(String why) {
        exchange.attempt.failed();
        exchange.fail(ProxyFailure.MALFORMED_RESPONSE, why);
    }

    private void passInterim() {
        DownstreamConnection client = exchange.client();
        boolean proceed = head.status() == 100 && !continued && !exchange.isRequestComplete();
        if (exchange.head.isHttp11() && (proceed || head.status() == 103)) {
            ByteBuf buffer = client.buffer(head.headBytes() + 16);
            writer.startResponse(head).copyFields(head).end(buffer);
            client.write(buffer);
        }
        continued |= proceed;
        exchange.limits.sent(true);
    }

    /** Says 100 in the place of the upstream, which will get the content with the head. */
    void askForContent() {
        if (exchange.isHeldByExpect()) {
            ByteBuf buffer = exchange.client().buffer(32);
            writer.startResponse(100, "Continue").end(buffer);
            exchange.client().write(buffer);
            continued = true;
        }
    }

    private boolean finalHead(ByteBuf in, UpstreamConnection connection) {
        if (head.status() == 101) {
            if (exchange.head.isWebSocket() && head.isWebSocket()) {
                upgrade(in, connection);
            } else {
                refuse("101 that was not asked for");
            }
            return false;
        }
        if (exchange.retries.triesAgain(head.status())) {
            return false;
        }
        DownstreamConnection client = exchange.client();
        BodyKind kind = head.bodyKind();
        boolean current = exchange.head.isHttp11();
        form = switch (kind) {
            case NONE, LENGTH -> Form.AS_IT_IS;
            case CHUNKED -> current ? Form.AS_IT_IS : Form.BARE;
            case UNTIL_CLOSE -> current ? Form.CHUNKED : Form.BARE;
        };
        keepClient = exchange.head.keepAlive()
                && form != Form.BARE
                && client.isLasting()
                && (exchange.isRequestComplete() || head.status() < 400);
        body.begin(head, HeadLimits.STANDARD);
        begun = true;
        exchange.attempt.answered(head.status());
        exchange.answered(head.status());
        ByteBuf buffer =
                client.buffer(head.headBytes() + HEAD_ROOM + Math.min(in.readableBytes(), Exchange.MOST_JOINED));
        writer.startResponse(head);
        if (form == Form.CHUNKED || (kind == BodyKind.CHUNKED && form == Form.AS_IT_IS)) {
            writer.add(Replies.TRANSFER_ENCODING, Replies.CHUNKED);
        }
        exchange.attempt.session().write(head, client.client.transport(), writer);
        connectionField(current);
        exchange.attempt.share().filters().response().finish(head, exchange.origin(), writer);
        writer.end(buffer);
        out = buffer;
        int type = head.indexOf(Fields.CONTENT_TYPE);
        exchange.limits.answered(type >= 0 && startsWith(head, type, EVENT_STREAM));
        return true;
    }

    private void connectionField(boolean current) {
        if (!keepClient) {
            writer.add(Replies.CONNECTION, Replies.CLOSE);
        } else if (!current) {
            writer.add(Replies.CONNECTION, Replies.KEEP_ALIVE);
        }
    }

    private static boolean startsWith(MessageHead head, int field, byte[] lower) {
        int start = head.valueStart(field);
        if (head.valueEnd(field) - start < lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            if ((head.bytes()[start + i] | 0x20) != (lower[i] | 0x20)) {
                return false;
            }
        }
        return true;
    }

    private void upgrade(ByteBuf in, UpstreamConnection connection) {
        DownstreamConnection client = exchange.client();
        begun = true;
        exchange.attempt.answered(101);
        exchange.answered(101);
        ByteBuf buffer = client.buffer(head.headBytes() + HEAD_ROOM);
        writer.startResponse(head);
        exchange.attempt.session().write(head, client.client.transport(), writer);
        writer.add(Replies.CONNECTION, Replies.UPGRADE).add(Replies.UPGRADE, Replies.WEBSOCKET);
        exchange.attempt.share().filters().response().finish(head, exchange.origin(), writer);
        writer.end(buffer);
        client.write(buffer);
        exchange.beginTunnel(connection, in);
    }

    // ------------------------------------------------------------------ content

    private void readBody(ByteBuf in) {
        while (true) {
            Progress progress = form == Form.AS_IT_IS ? body.readVerbatim(in) : body.read(in);
            switch (progress) {
                case DATA -> pass(in, body.dataStart(), body.dataLength());
                case INCOMPLETE -> {
                    writeOut();
                    throttle();
                    return;
                }
                case COMPLETE -> {
                    complete(in);
                    return;
                }
                case REFUSED -> {
                    writeOut();
                    exchange.cut(ProxyFailure.MALFORMED_RESPONSE, body.error().word());
                    return;
                }
            }
        }
    }

    private void pass(ByteBuf in, int start, int length) {
        DownstreamConnection client = exchange.client();
        exchange.outcome.bytesOut += length;
        ByteBuf buffer = out;
        if (form == Form.CHUNKED) {
            buffer = buffer == null ? client.buffer(64) : buffer;
            HeadWriter.writeChunkSize(buffer, length);
        }
        boolean joined = buffer != null && length <= Exchange.MOST_JOINED && length <= buffer.maxFastWritableBytes();
        if (joined && buffer != null) {
            buffer.writeBytes(in, start, length);
        } else {
            if (buffer != null) {
                client.write(buffer);
                buffer = null;
            }
            client.write(in.retainedSlice(start, length));
        }
        if (form == Form.CHUNKED) {
            buffer = buffer == null ? client.buffer(64) : buffer;
            HeadWriter.writeChunkEnd(buffer);
        }
        out = buffer;
    }

    private void writeOut() {
        ByteBuf buffer = out;
        out = null;
        if (buffer != null) {
            exchange.client().write(buffer);
        }
    }

    /** The content is whole. */
    private void complete(@Nullable ByteBuf in) {
        DownstreamConnection client = exchange.client();
        MessageHead trailers = form == Form.AS_IT_IS ? body.trailers() : null;
        if (trailers != null || form == Form.CHUNKED) {
            ByteBuf buffer = out == null ? client.buffer(256) : out;
            out = buffer;
            if (trailers != null) {
                writer.startTrailerFields().copyFields(trailers).end(buffer);
            } else {
                HeadWriter.writeLastChunk(buffer);
            }
        }
        writeOut();
        // What stands behind the answer was not asked for: nobody must be given it as theirs.
        reusable = head.keepAlive() && in != null && !in.isReadable();
        exchange.finished(keepClient);
    }

    private void throttle() {
        UpstreamConnection connection = from;
        if (connection != null) {
            paused = !exchange.client().hasRoom();
            connection.setReading(!paused);
            exchange.limits.streaming();
        }
    }

    void clientWritable() {
        UpstreamConnection connection = from;
        if (paused && connection != null) {
            paused = false;
            connection.setReading(true);
            exchange.limits.streaming();
        }
    }

    // ------------------------------------------------------------------ events

    @Override
    public void upstreamWritable() {
        exchange.upstreamWritable();
    }

    @Override
    public void upstreamClosed(@Nullable Throwable cause) {
        UpstreamConnection connection = from;
        if (connection == null || !exchange.isOpen()) {
            return;
        }
        exchange.attempt.connectionLost();
        if (cause != null && Outcome.isBug(cause)) {
            exchange.brokeDown(cause);
        } else if (!begun) {
            boolean partial = head.isPartial() || interim > 0;
            boolean unsent = !connection.hasFlushed();
            exchange.retries.lost(
                    ProxyFailure.UPSTREAM_RESET,
                    cause == null ? "closed without an answer" : "reset without an answer",
                    unsent,
                    connection.isReused() && !partial);
        } else if (cause == null && body.close() == Progress.COMPLETE) {
            complete(null);
        } else {
            writeOut();
            exchange.cut(ProxyFailure.RESPONSE_INCOMPLETE, "");
        }
    }
}
