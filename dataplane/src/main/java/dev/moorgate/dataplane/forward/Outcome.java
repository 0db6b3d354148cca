package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.compress.AnswerCompression;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.http.FieldLines;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import dev.moorgate.dataplane.observe.LogText;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import io.netty.channel.unix.Errors;
import io.netty.handler.codec.DecoderException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of one exchange, gathered while it runs and told once at its end. */
public final class Outcome {
    private static final Logger LOG = LoggerFactory.getLogger(Outcome.class);
    /** Of Linux; elsewhere no system gives connections up in time. */
    private static final int ETIMEDOUT = 110;

    /** Bytes of a tunnel, or of an answer of our own. */
    long bytesOut;
    /** Bytes of the client that went through a tunnel. */
    long tunnelled;
    /** The client may be sending still when we have given our answer. */
    boolean unread;

    private long began;
    private long beganEpoch;
    private long firstByte;
    private int status;
    private @Nullable ProxyFailure reason;
    private String detail = "";

    void begin(long nanos, long epochMillis) {
        began = nanos;
        beganEpoch = epochMillis;
        firstByte = 0;
        status = 0;
        reason = null;
        detail = "";
        bytesOut = 0;
        tunnelled = 0;
        unread = false;
    }

    long began() {
        return began;
    }

    int status() {
        return status;
    }

    void answered(int newStatus, long now) {
        status = newStatus;
        firstByte = Math.max(1, now - began);
    }

    void fail(ProxyFailure failure, String why) {
        reason = failure;
        detail = why;
        if (status == 0) {
            status = failure.status();
        }
    }

    @Nullable
    ProxyFailure reason() {
        return reason;
    }

    String detail() {
        return detail;
    }

    /** Whether it is a bug of ours, and not what TLS could not decode. */
    public static boolean isBug(@Nullable Throwable problem) {
        return problem instanceof RuntimeException && !(problem instanceof DecoderException);
    }

    /** Why a try failed whose connection ended before an answer began. */
    static ProxyFailure ofEnd(@Nullable Throwable cause) {
        return isGivenUp(cause) ? ProxyFailure.UPSTREAM_LOST : ProxyFailure.UPSTREAM_RESET;
    }

    static String detailOfEnd(@Nullable Throwable cause) {
        if (cause == null) {
            return "closed without an answer";
        }
        return isGivenUp(cause) ? "nothing is acknowledged" : "reset without an answer";
    }

    private static boolean isGivenUp(@Nullable Throwable cause) {
        return cause instanceof Errors.NativeIoException known && known.expectedErr() == -ETIMEDOUT;
    }

    public static void log(Throwable bug) {
        LOG.error("A connection failed in the proxy itself", bug);
    }

    /** Fills the loop's record and tells the observer. */
    void tell(Exchange exchange, Client client) {
        LoopState loop = exchange.loop;
        ExchangeRecord record = loop.record;
        record.reset();
        record.metrics = exchange.metrics();
        record.listener = client.listener().name;
        record.tableVersion = exchange.state().version();
        RoutePlan plan = exchange.planOrNull();
        if (plan != null) {
            record.route = plan.name;
        }
        RoutePlan.Share share = exchange.attempt.shareOrNull();
        if (share != null) {
            record.upstream = share.upstream();
        }
        record.session = exchange.attempt.session().id();
        record.sessionOutcome = exchange.attempt.session().word();
        UpstreamTarget target = exchange.attempt.target();
        if (target != null) {
            record.endpoint = target.label();
        }
        record.status = status;
        record.grpcStatus = exchange.call.status(status, reason);
        record.reason = reason;
        record.detail = detail;
        record.attempts = exchange.attempt.count();
        record.bytesIn = exchange.request.body.received() + tunnelled;
        record.bytesOut = exchange.bytesOut();
        AnswerCompression compression = exchange.response.body.compression();
        record.compressed = compression.encoding();
        record.bytesBefore = compression.before();
        record.startEpochMillis = beganEpoch;
        record.totalNanos = loop.now() - began;
        record.firstByteNanos = firstByte;
        String tls = client.facts().tls();
        record.tlsVersion = tls == null ? "" : tls;
        exchange.retries.tell(record);
        request(exchange.head, client, record);
        byte[] id = exchange.requestId();
        record.requestId.set(id, 0, id.length);
        exchange.head.restore();
        record.clientAddress.set(exchange.clientAddress());
        try {
            loop.exchanges.finished(record);
        } catch (RuntimeException e) {
            LOG.error("An observer of exchanges failed", e);
        }
    }

    private static void request(RequestHead head, Client client, ExchangeRecord record) {
        if (head.headBytes() == 0) {
            return;
        }
        record.method = head.method();
        record.protocol = client.protocol(head.isHttp11());
        record.host.set(head.host());
        byte[] bytes = head.bytes();
        int end = head.targetEnd();
        int mark = head.targetStart();
        while (mark < end && bytes[mark] != '?') {
            mark++;
        }
        record.path.set(bytes, head.targetStart(), mark);
        if (mark < end) {
            record.query.set(bytes, mark + 1, end);
        }
        field(head, Fields.USER_AGENT, record.userAgent);
        field(head, Fields.REFERER, record.referer);
    }

    private static void field(FieldLines head, int id, LogText text) {
        int i = head.indexOf(id);
        if (i >= 0) {
            text.set(head.bytes(), head.valueStart(i), head.valueEnd(i));
        }
    }
}
