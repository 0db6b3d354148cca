package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.balance.Attempts;
import dev.moorgate.dataplane.balance.Candidate;
import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.ForwardedHeaders;
import dev.moorgate.dataplane.filter.RequestFilters;
import dev.moorgate.dataplane.forward.body.RequestBody;
import dev.moorgate.dataplane.forward.state.UpstreamState;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.dataplane.upstream.Lease;
import dev.moorgate.dataplane.upstream.UpstreamReader;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import dev.moorgate.routetable.Filter;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request that goes to another upstream beside the request itself (GEP-3171). Its answer is read and thrown
 * away; whatever becomes of it, the request does not notice. Bodies are copied where they are whole and small.
 */
final class MirrorCopy extends Lease implements UpstreamReader {
    private final LoopState loop;
    private final Candidate candidate;
    private final int method;
    private final long limitNanos;
    private final ResponseHead head = new ResponseHead();
    private final BodyReader body = new BodyReader();
    private final Deadline deadline = new Deadline(this::end);
    private final HeadWriter request;
    private final int headBytes;
    private @Nullable ByteBuf content;
    private @Nullable UpstreamStream stream;
    private boolean begun;
    private boolean ended;

    private MirrorCopy(
            LoopState loop,
            Candidate candidate,
            RequestHead source,
            long limitNanos,
            HeadWriter request,
            @Nullable ByteBuf content) {
        this.loop = loop;
        this.candidate = candidate;
        this.method = source.methodId();
        this.headBytes = source.headBytes();
        this.limitNanos = limitNanos;
        this.request = request;
        this.content = content;
    }

    /** Sends the copies that the filters of the request's share ask for. The body must be whole and held. */
    static void send(Exchange exchange, RequestFilters filters) {
        List<Filter.Mirror> mirrors = filters.mirrors();
        for (int i = 0; i < mirrors.size(); i++) {
            Filter.Mirror mirror = mirrors.get(i);
            if (ThreadLocalRandom.current().nextInt(mirror.denominator()) < mirror.numerator()) {
                send(exchange, filters, mirror.upstream());
            }
        }
    }

    private static void send(Exchange exchange, RequestFilters filters, String name) {
        RequestHead head = exchange.head;
        EndpointSet endpoints = exchange.state().balance().set(name);
        UpstreamState upstream = exchange.state().upstream(name);
        Candidate candidate =
                endpoints == null ? null : endpoints.pick(new Attempts().begin(head, exchange.clientAddress()));
        if (upstream == null || candidate == null) {
            return;
        }
        LoopState loop = exchange.loop;
        RequestBody body = exchange.request.body;
        var writer = new HeadWriter();
        filters.begin(head, writer);
        exchange.client().listener().forwarded(exchange.listener()).write(head, filters.overrides(), writer);
        ByteBuf content = null;
        if (body.received() > 0) {
            content = exchange.client().buffer(body.heldBytes());
            body.copyTo(content, head);
        }
        if (head.bodyKind() == BodyKind.CHUNKED) {
            // it is whole, so that its length is known by now
            writer.add(Replies.CONTENT_LENGTH, body.received());
        }
        filters.finish(head, writer);
        ForwardedHeaders.writeId(exchange.requestId(), filters.overrides(), writer);
        head.restore();
        var copy = new MirrorCopy(loop, candidate, head, exchange.plan().responseHeadNanos, writer, content);
        candidate.state().begin();
        UpstreamStream leased = loop.pools.acquire(
                upstream.targets().get(candidate.place()), copy, false, exchange.plan().connectNanos);
        if (leased != null) {
            copy.leased(leased);
        }
    }

    @Override
    protected void leased(UpstreamStream leased) {
        stream = leased;
        leased.setReader(this);
        ByteBuf out = content;
        content = null;
        leased.headAlone(request, headBytes + 512, out == null);
        if (out != null) {
            leased.write(out);
            if (leased.hasFrames()) {
                leased.end(null);
            }
        }
        loop.timers.arm(deadline, loop.now(), limitNanos);
    }

    @Override
    protected void refused(ProxyFailure failure, String detail) {
        end();
    }

    @Override
    public void upstreamRead(ByteBuf bytes) {
        try {
            if (!begun && !readHead(bytes)) {
                return;
            }
            Progress progress;
            do {
                progress = body.read(bytes);
            } while (progress == Progress.DATA);
            if (progress == Progress.COMPLETE && head.keepAlive() && !bytes.isReadable()) {
                whole();
            } else if (progress != Progress.INCOMPLETE) {
                end();
            }
        } finally {
            bytes.release();
        }
    }

    private void whole() {
        UpstreamStream used = stream;
        stream = null;
        if (used != null) {
            used.release();
        }
        end();
    }

    /** True: the head is read and content may follow. */
    private boolean readHead(ByteBuf bytes) {
        Progress progress;
        do {
            progress = head.parse(bytes, HeadLimits.STANDARD, method);
        } while (progress == Progress.COMPLETE && head.isInterim());
        if (progress == Progress.COMPLETE && head.status() != 101) {
            begun = true;
            body.begin(head, HeadLimits.STANDARD);
            return true;
        }
        if (progress != Progress.INCOMPLETE) {
            end();
        }
        return false;
    }

    @Override
    public ResponseHead answerHead() {
        head.answers(method);
        return head;
    }

    @Override
    public void upstreamHead(boolean last) {
        if (last) {
            whole();
        }
    }

    @Override
    public void upstreamContent(ByteBuf piece) {
        piece.release();
    }

    @Override
    public void upstreamEnd(@Nullable MessageHead trailers) {
        whole();
    }

    @Override
    public void upstreamRefused(String why) {
        end();
    }

    @Override
    public void upstreamWritable() {
        // Everything was written at once.
    }

    @Override
    public void upstreamClosed(@Nullable Throwable cause) {
        stream = null;
        end();
    }

    private void end() {
        loop.timers.forget(deadline);
        ByteBuf unsent = content;
        content = null;
        if (unsent != null) {
            unsent.release();
        }
        UpstreamStream used = stream;
        stream = null;
        if (used != null) {
            used.discard();
        }
        if (!ended) {
            ended = true;
            candidate.state().end();
        }
    }
}
