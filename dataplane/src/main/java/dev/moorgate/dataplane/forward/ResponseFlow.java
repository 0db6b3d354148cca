package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.compress.AnswerCompression;
import dev.moorgate.dataplane.compress.CompressRule;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.ResponseFilters;
import dev.moorgate.dataplane.forward.body.BufferRule;
import dev.moorgate.dataplane.forward.body.RequestBody;
import dev.moorgate.dataplane.forward.body.ResponseBody;
import dev.moorgate.dataplane.forward.body.ResponseOwner;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamReader;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answer of an upstream on its way to the client: read strictly, its head edited, its content passed on as it came
 * wherever the client may have it so. One per exchange; its event loop only.
 */
final class ResponseFlow implements UpstreamReader, ResponseOwner {
    private static final int HEAD_ROOM = 384;
    private static final byte[] EVENT_STREAM = "text/event-stream".getBytes(StandardCharsets.US_ASCII);

    final InterimAnswers interim;
    final ResponseBody body;

    private final Exchange exchange;
    private final ResponseHead head = new ResponseHead();
    private final HeadWriter writer;
    private @Nullable UpstreamStream from;
    private boolean begun;
    private boolean keepClient;
    private boolean reusable;
    private boolean paused;
    private boolean draining;
    private long seenPending;

    ResponseFlow(Exchange exchange) {
        this.exchange = exchange;
        interim = new InterimAnswers(exchange);
        LoopState loop = exchange.loop;
        this.writer = loop.writer;
        body = new ResponseBody(writer, loop.space, loop.loop, new AnswerCompression(loop.compressors), this);
    }

    void begin(UpstreamStream stream) {
        from = stream;
        head.reset();
        interim.begin();
        begun = false;
        reusable = false;
        paused = false;
        stream.setReader(this);
    }

    /** Whether the client has got a final head. */
    boolean hasBegunAnswer() {
        return begun;
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
        interim.end();
        draining = false;
        seenPending = 0;
        head.reset();
        body.end();
    }

    // ------------------------------------------------------------------ reading

    @Override
    public void upstreamRead(ByteBuf bytes) {
        UpstreamStream stream = from;
        try {
            if (stream == null) {
                return;
            }
            if (stream.isUnsent()) {
                // Nothing was asked yet: this belongs to nobody, and least of all to this client.
                exchange.retries.failed(ProxyFailure.UPSTREAM_RESET, "unsolicited bytes", true);
                return;
            }
            if (begun || readHead(bytes, stream)) {
                readBody(bytes);
            }
        } finally {
            bytes.release();
        }
    }

    /** True: the final head is on its way and content may follow. */
    private boolean readHead(ByteBuf in, UpstreamStream stream) {
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
                        return finalHead(in, stream);
                    }
                    if (!interimHead()) {
                        return false;
                    }
                }
                case DATA -> throw new IllegalStateException("a head has no data");
            }
        }
    }

    @Override
    public ResponseHead answerHead() {
        head.answers(exchange.head.methodId());
        return head;
    }

    @Override
    public void upstreamHead(boolean last) {
        UpstreamStream stream = from;
        if (stream == null) {
            return;
        }
        if (head.isInterim()) {
            var _ = interimHead();
        } else if (finalHead(null, stream) && last) {
            complete(true);
        }
    }

    private void refuse(String why) {
        exchange.attempt.failed();
        exchange.fail(ProxyFailure.MALFORMED_RESPONSE, why);
    }

    @Override
    public void upstreamRefused(String why) {
        if (begun) {
            exchange.cut(ProxyFailure.MALFORMED_RESPONSE, why);
        } else {
            refuse(why);
        }
    }

    /** False: the answer is refused. */
    private boolean interimHead() {
        boolean passed = interim.pass(head);
        if (!passed) {
            refuse("too many interim responses");
        }
        return passed;
    }

    /** @param in what follows the head, null: content will come bare */
    private boolean finalHead(@Nullable ByteBuf in, UpstreamStream stream) {
        if (Tunnel.isAnswer(exchange, head, in == null)) {
            begun = true;
            Tunnel.open(exchange, stream, head, in == null ? Unpooled.EMPTY_BUFFER : in);
            return false;
        }
        if (head.status() == 101) {
            refuse(Tunnel.flaw(exchange.head, head));
            return false;
        }
        if (exchange.retries.triesAgain(head)) {
            return false;
        }
        Client client = exchange.client();
        BodyKind kind = head.bodyKind();
        boolean current = exchange.head.isHttp11();
        int type = head.indexOf(Fields.CONTENT_TYPE);
        boolean events = type >= 0 && head.valueStartsWithLower(type, EVENT_STREAM);
        boolean mayCode = current || client.hasFrames();
        ResponseFilters filters = exchange.attempt.share().filters().response();
        CompressRule rule = exchange.call.isOn() ? null : exchange.plan().compression;
        body.compression().begin(rule, exchange.head, head, mayCode && !filters.touches(Fields.CONTENT_ENCODING));
        // What is said the moment it happens is not to pile up behind a slow reader.
        body.frames(exchange.call.frames(head));
        body.begin(head, in == null, client, current, events ? BufferRule.OFF : exchange.plan().downloads);
        keepClient = exchange.head.keepAlive()
                && !body.endsByClose()
                && client.isLasting()
                && (exchange.request.isComplete() || head.status() < 400);
        begun = true;
        exchange.attempt.answered(head);
        exchange.answered(head.status());
        int follows = in == null ? 0 : Math.min(in.readableBytes(), RequestBody.MOST_JOINED);
        int room = head.headBytes() + HEAD_ROOM + follows;
        writer.startResponse(head);
        Replies.framing(client, head, body.isChunked(kind), writer);
        exchange.attempt.session().write(head, client.facts().transport(), writer);
        Replies.connectionField(exchange, client, writer, keepClient);
        if (head.indexOf(Fields.ALT_SVC) < 0) {
            Replies.altSvc(exchange, client, writer, filters);
        }
        body.compression().write(head, writer, filters.decided(), filters.varies());
        filters.finish(head, exchange.origin(), writer);
        boolean last = kind == BodyKind.NONE;
        body.follow(client.head(writer, room, last), last);
        exchange.limits.answered(events || exchange.call.isOn());
        return true;
    }

    // ------------------------------------------------------------------ content

    private void readBody(ByteBuf in) {
        Client client = exchange.client();
        Progress progress = body.pass(in, client);
        if (progress == Progress.COMPLETE) {
            // What stands behind the answer was not asked for: nobody must be given it as theirs.
            complete(head.keepAlive() && !in.isReadable());
        } else {
            moved(client, progress != Progress.REFUSED);
        }
    }

    @Override
    public void upstreamContent(ByteBuf content) {
        if (from == null || !begun) {
            content.release();
            return;
        }
        Client client = exchange.client();
        moved(client, body.take(content, client));
    }

    @Override
    public void upstreamEnd(@Nullable MessageHead trailers) {
        if (from == null || !begun) {
            return;
        }
        if (body.end(trailers, head)) {
            complete(true);
        } else {
            moved(exchange.client(), false);
        }
    }

    private void moved(Client client, boolean accepted) {
        body.writeOut(client);
        if (!accepted) {
            exchange.cut(ProxyFailure.MALFORMED_RESPONSE, body.refusal());
        } else if (body.isBroken()) {
            exchange.cut(ProxyFailure.OVERLOAD, "no disk for bodies");
        } else {
            throttle();
        }
    }

    /** The content is whole; {@code clean}: the endpoint may be asked for more. */
    private void complete(boolean clean) {
        body.complete(head, exchange.client());
        reusable = clean;
        exchange.attempt.answerEnded(head, body.trailers());
        if (body.isBroken()) {
            exchange.cut(ProxyFailure.OVERLOAD, "no disk for bodies");
        } else if (body.isDrainedAtEnd()) {
            finish();
        } else {
            // The rest is for the client to fetch; the endpoint is free.
            draining = true;
            paused = false;
            from = null;
            seenPending = exchange.client().pendingBytes();
            exchange.upstreamDone();
            exchange.limits.streaming(true);
        }
    }

    /** Ends a call that broke off behind its head with trailers that say why; false: it has to be cut. */
    boolean trail(ProxyFailure failure, String detail) {
        boolean may = begun && body.mayTrail();
        if (may) {
            writer.startTrailerFields();
            exchange.call.end(writer, failure, detail);
            body.trail(writer.takeLines(), exchange.client());
        }
        return may;
    }

    private void finish() {
        body.finish(exchange.client());
        exchange.finished(keepClient);
    }

    private void throttle() {
        UpstreamStream stream = from;
        if (stream != null) {
            paused = body.isFull(exchange.client());
            stream.setReading(!paused);
            exchange.limits.streaming(paused);
        }
    }

    /** Whether it is the client that has to take something before the answer goes on. */
    boolean awaitsClient() {
        return draining || paused;
    }

    /** Whether the client has taken something of what is kept for it since this was last asked. */
    boolean hasClientMoved() {
        long before = seenPending;
        seenPending = exchange.client().pendingBytes();
        return awaitsClient() && seenPending < before;
    }

    void clientWritable() {
        body.clientWritable();
        resume();
    }

    private void resume() {
        UpstreamStream stream = from;
        if (paused && stream != null && !body.isFull(exchange.client())) {
            paused = false;
            stream.setReading(true);
        }
        if (exchange.isOpen() && begun) {
            exchange.limits.streaming(paused || draining);
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
            finish();
        }
    }

    @Override
    public void codingFailed(RuntimeException bug) {
        exchange.brokeDown(bug);
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
        UpstreamStream stream = from;
        if (stream == null || !exchange.isOpen()) {
            return;
        }
        exchange.attempt.streamLost();
        if (cause != null && Outcome.isBug(cause)) {
            exchange.brokeDown(cause);
        } else if (!begun) {
            boolean partial = head.isPartial() || interim.isAny();
            boolean unsent = stream.isUnsent();
            boolean stale = stream.isReused() && !partial && exchange.retries.mayBeStale(stream);
            exchange.retries.lost(Outcome.ofEnd(cause), Outcome.detailOfEnd(cause), unsent, stale);
        } else if (cause == null && body.close() == Progress.COMPLETE) {
            complete(false);
        } else {
            body.writeLast(exchange.client());
            exchange.cut(ProxyFailure.RESPONSE_INCOMPLETE, "");
        }
    }
}
