package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.body.BufferRule;
import dev.moorgate.dataplane.forward.body.RequestBody;
import dev.moorgate.dataplane.forward.body.ResponseBody;
import dev.moorgate.dataplane.http.BodyKind;
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
final class ResponseFlow implements UpstreamReader, ResponseBody.Owner {
    private static final int MOST_INTERIM = 32;
    private static final int HEAD_ROOM = 384;
    private static final byte[] EVENT_STREAM = "text/event-stream".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final ResponseHead head = new ResponseHead();
    private final ResponseBody body;
    private final HeadWriter writer;
    private @Nullable UpstreamConnection from;
    private int interim;
    private boolean begun;
    private boolean continued;
    private boolean keepClient;
    private boolean reusable;
    private boolean paused;
    private boolean draining;
    private long seenPending;

    ResponseFlow(Exchange exchange) {
        this.exchange = exchange;
        LoopState loop = exchange.loop;
        this.writer = loop.writer;
        body = new ResponseBody(writer, loop.space, loop.loop, this);
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
        return begun && body.endsByClose();
    }

    void end() {
        from = null;
        begun = false;
        continued = false;
        draining = false;
        seenPending = 0;
        head.reset();
        body.end();
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
        boolean proceed = head.status() == 100 && !continued && !exchange.request.isComplete();
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
        if (exchange.request.isHeldByExpect()) {
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
        int type = head.indexOf(Fields.CONTENT_TYPE);
        boolean events = type >= 0 && startsWith(head, type, EVENT_STREAM);
        // What is said the moment it happens is not to pile up behind a slow reader.
        body.begin(head, current, events ? BufferRule.OFF : exchange.plan().downloads);
        keepClient = exchange.head.keepAlive()
                && !body.endsByClose()
                && client.isLasting()
                && (exchange.request.isComplete() || head.status() < 400);
        begun = true;
        exchange.attempt.answered(head.status());
        exchange.answered(head.status());
        ByteBuf buffer =
                client.buffer(head.headBytes() + HEAD_ROOM + Math.min(in.readableBytes(), RequestBody.MOST_JOINED));
        writer.startResponse(head);
        if (body.isChunked(kind)) {
            writer.add(Replies.TRANSFER_ENCODING, Replies.CHUNKED);
        }
        exchange.attempt.session().write(head, client.client.transport(), writer);
        connectionField(current);
        exchange.attempt.share().filters().response().finish(head, exchange.origin(), writer);
        writer.end(buffer);
        body.follow(buffer);
        exchange.limits.answered(events);
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
        DownstreamConnection client = exchange.client();
        Progress progress = body.pass(in, client);
        exchange.outcome.bytesOut = body.bytes();
        if (progress == Progress.COMPLETE) {
            complete(in);
            return;
        }
        body.writeOut(client);
        if (progress == Progress.REFUSED) {
            exchange.cut(ProxyFailure.MALFORMED_RESPONSE, body.error().word());
        } else if (body.isBroken()) {
            exchange.cut(ProxyFailure.OVERLOAD, "no disk for bodies");
        } else {
            throttle();
        }
    }

    /** The content is whole. */
    private void complete(@Nullable ByteBuf in) {
        body.complete(head, exchange.client());
        // What stands behind the answer was not asked for: nobody must be given it as theirs.
        reusable = head.keepAlive() && in != null && !in.isReadable();
        if (body.isBroken()) {
            exchange.cut(ProxyFailure.OVERLOAD, "no disk for bodies");
        } else if (body.isDrainedAtEnd()) {
            exchange.finished(keepClient);
        } else {
            // The rest is for the client to fetch; the endpoint is free.
            draining = true;
            paused = false;
            from = null;
            seenPending = exchange.client().pendingBytes();
            exchange.upstreamDone();
            exchange.limits.streaming();
        }
    }

    private void throttle() {
        UpstreamConnection connection = from;
        if (connection != null) {
            paused = body.isFull(exchange.client());
            connection.setReading(!paused);
            exchange.limits.streaming();
        }
    }

    /** Whether the endpoint has said all and the client has not got it yet. */
    boolean isDraining() {
        return draining;
    }

    /** Whether the client has taken something of what is kept for it since this was last asked. */
    boolean hasClientMoved() {
        long before = seenPending;
        seenPending = exchange.client().pendingBytes();
        return draining && seenPending < before;
    }

    void clientWritable() {
        body.clientWritable();
        resume();
    }

    private void resume() {
        UpstreamConnection connection = from;
        if (paused && connection != null && !body.isFull(exchange.client())) {
            paused = false;
            connection.setReading(true);
        }
        if (exchange.isOpen() && begun) {
            exchange.limits.streaming();
        }
    }

    @Override
    public void spoolMoved() {
        resume();
    }

    @Override
    public void spoolDrained() {
        if (draining) {
            draining = false;
            exchange.finished(keepClient);
        }
    }

    @Override
    public void spoolFailed(String detail) {
        exchange.cut(ProxyFailure.OVERLOAD, detail);
    }

    // ------------------------------------------------------------------ events

    @Override
    public void upstreamWritable() {
        exchange.request.upstreamWritable();
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
            body.writeOut(exchange.client());
            exchange.cut(ProxyFailure.RESPONSE_INCOMPLETE, "");
        }
    }
}
