package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.balance.Attempts;
import dev.moorgate.dataplane.balance.Candidate;
import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.balance.Pick;
import dev.moorgate.dataplane.balance.SessionUse;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.Answer;
import dev.moorgate.dataplane.filter.ForwardedHeaders;
import dev.moorgate.dataplane.filter.HopFields;
import dev.moorgate.dataplane.filter.RequestFilters;
import dev.moorgate.dataplane.filter.RouteAnswers;
import dev.moorgate.dataplane.forward.body.RequestBody;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.forward.state.UpstreamState;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.Lease;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One try of an exchange at a time: pick a share and an endpoint, lease a stream, send the head. Remembers from try to
 * try what has failed. Its event loop only.
 */
final class Attempt {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int HEAD_ROOM = 512;

    private final Exchange exchange;
    private final LoopState loop;
    private final Attempts memory = new Attempts();
    private final Lease lease = new Lease() {
        @Override
        protected void leased(UpstreamStream leased) {
            send(leased);
        }

        @Override
        protected void refused(ProxyFailure failure, String detail) {
            exchange.retries.failed(failure, detail, true);
        }
    };

    private RoutePlan.@Nullable Share share;
    private SessionUse session = SessionUse.NONE;
    private @Nullable EndpointSet endpoints;
    private @Nullable Candidate candidate;
    private @Nullable UpstreamTarget target;
    private @Nullable UpstreamLoad load;
    private @Nullable UpstreamStream stream;
    private boolean underWay;
    private boolean mirrored;
    private long waitUntil;
    private long begun;
    private int count;

    Attempt(Exchange exchange) {
        this.exchange = exchange;
        this.loop = exchange.loop;
    }

    void begin(RequestHead head, String client) {
        memory.begin(head, client);
        waitUntil = 0;
        mirrored = false;
        count = 0;
    }

    // ------------------------------------------------------------------ picking

    /** Begins another try; with {@code fresh} only a new connection will do. */
    void start(boolean fresh) {
        RoutePlan plan = exchange.plan();
        Pick pick = plan.balancer.pick(exchange.state().balance(), memory);
        share = pick.share() < 0 ? null : plan.share(pick.share());
        switch (pick) {
            case Pick.Chosen chosen -> start(chosen, fresh);
            case Pick.Refused refused -> {
                session = refused.session();
                exchange.fail(refused.failure(), "");
            }
            case Pick.Waiting waiting -> {
                session = waiting.session();
                await(waiting.most().toNanos());
            }
        }
    }

    private void await(long most) {
        long now = loop.now();
        if (waitUntil == 0) {
            waitUntil = now + most;
        }
        if (now - waitUntil >= 0) {
            memory.waited();
            start(false);
        } else {
            exchange.limits.backoff(Math.min(LOOK_NANOS, waitUntil - now));
        }
    }

    private void start(Pick.Chosen chosen, boolean fresh) {
        session = chosen.session();
        if (isAnsweredHere()) {
            return;
        }
        endpoints = chosen.endpoints();
        candidate = chosen.candidate();
        UpstreamState upstream = exchange.state().upstream(share().upstream());
        if (upstream == null) {
            exchange.fail(ProxyFailure.INVALID_BACKEND, "");
            return;
        }
        if (!charge(upstream.load(), chosen.endpoints().upstream().limits().requests())) {
            exchange.fail(ProxyFailure.CIRCUIT_OPEN, "");
            return;
        }
        target = upstream.targets().get(chosen.candidate().place());
        count++;
        mirror();
        chosen.candidate().state().begin();
        begun = chosen.endpoints().measuresTime() ? loop.now() : 0;
        underWay = true;
        exchange.limits.tryBegins();
        connect(Exchange.known(target), fresh);
    }

    private void connect(UpstreamTarget to, boolean fresh) {
        lease.tunnels(exchange.head.isWebSocket());
        UpstreamStream leased = loop.pools.acquire(to, lease, fresh, exchange.plan().connectNanos);
        if (leased != null) {
            send(leased);
        } else if (lease.isWaiting()) {
            exchange.limits.waiting();
        }
    }

    /** A preflight of a share that has a CORS filter of its own. */
    private boolean isAnsweredHere() {
        RouteAnswers preflights = share().preflights();
        Answer answer = preflights == null ? null : preflights.answer(exchange.head, exchange.listener().entrance);
        if (answer != null) {
            session = SessionUse.NONE;
            Replies.send(exchange, exchange.client(), answer, share().filters().response());
        }
        return answer != null;
    }

    /** Copies go out with the first try that has the whole request at hand. */
    void mirror() {
        RoutePlan.Share known = share;
        if (!mirrored
                && known != null
                && !known.filters().mirrors().isEmpty()
                && exchange.request.body.isWholeAndHeld()) {
            mirrored = true;
            MirrorCopy.send(exchange, known.filters());
        }
    }

    /** The request counts as one of this upstream's; false: it has as many as it may have. */
    private boolean charge(UpstreamLoad now, int most) {
        UpstreamLoad before = load;
        if (before != now) {
            if (!now.tryRequest(most, loop.now())) {
                return false;
            }
            if (before != null) {
                before.requestEnded();
            }
            load = now;
        }
        return true;
    }

    // ------------------------------------------------------------------ sending

    private void send(UpstreamStream leased) {
        if (exchange.head.isWebSocket() && !leased.mayTunnel()) {
            // The endpoint's settings do not offer it (RFC 8441 3): as ever, then, on a connection of its own.
            leased.release();
            connect(Exchange.known(target).overHttp1(), false);
            return;
        }
        stream = leased;
        exchange.response.begin(leased);
        RequestHead head = exchange.head;
        RequestBody body = exchange.request.body;
        RequestFilters filters = share().filters();
        HeadWriter writer = loop.writer;
        if (exchange.plan().uploads.isOn()) {
            head.dropAll(Fields.mask(Fields.EXPECT));
        }
        exchange.origin(filters.response().origin(head));
        filters.begin(head, writer);
        exchange.client().listener().forwarded(exchange.listener()).write(head, filters.overrides(), writer);
        session.strip(head, writer);
        exchange.retries.mark(writer);
        if (body.isChunkedTo(leased)) {
            writer.add(HopFields.TRANSFER_ENCODING, HopFields.CHUNKED);
        }
        HopFields.write(head, exchange.client().hasFrames(), leased.hasFrames(), writer);
        if (exchange.call.isOn()) {
            exchange.call.forward(head, writer, exchange.limits.left(Long.MAX_VALUE));
        }
        filters.finish(head, writer);
        ForwardedHeaders.writeId(exchange.requestId(), filters.overrides(), writer);
        int room = head.headBytes() + HEAD_ROOM + Math.min(body.heldBytes(), RequestBody.MOST_JOINED);
        ByteBuf out = leased.head(writer, room, body.isEmpty());
        body.sendTo(leased, head, out);
        exchange.request.moved(leased);
    }

    // ------------------------------------------------------------------ ending

    /** The endpoint answered with {@code status}. */
    void answered(int status) {
        judged(status);
        timed();
    }

    /** The same where a head has come; calls that go well so far tell at their end what it is worth. */
    void answered(ResponseHead head) {
        exchange.call.read(head);
        if (exchange.call.isOn() && head.status() == 200) {
            timed();
        } else {
            answered(head.status());
        }
    }

    /** The answer is whole. */
    void answerEnded(ResponseHead head, @Nullable MessageHead trailers) {
        exchange.call.readEnd(trailers);
        if (exchange.call.isOn() && head.status() == 200) {
            judged(exchange.call.asHttp());
        }
    }

    private void judged(int status) {
        EndpointSet set = endpoints;
        Candidate at = candidate;
        if (set != null && at != null) {
            set.answered(at, status);
        }
    }

    private void timed() {
        EndpointSet set = endpoints;
        Candidate at = candidate;
        if (set != null && at != null && set.measuresTime()) {
            long now = loop.now();
            at.state().time().observe(now, now - begun);
        }
    }

    /** The endpoint failed: outlier detection hears of it and further picks avoid it. */
    void failed() {
        EndpointSet set = endpoints;
        Candidate at = candidate;
        if (set != null && at != null) {
            set.failed(at);
            memory.failed(at);
            if (set.measuresTime()) {
                // A failure is no quick answer: it would draw more requests.
                long now = loop.now();
                at.state().time().observe(now, Math.max(FAILURE_NANOS, now - begun));
            }
        }
    }

    /** The endpoint's answer will not do: further picks avoid it. */
    void avoid() {
        Candidate at = candidate;
        if (at != null) {
            memory.failed(at);
        }
    }

    /** Gives up the stream of the try, or the wait for one. */
    void detach(boolean reusable) {
        lease.cancel();
        exchange.request.body.detach();
        UpstreamStream used = stream;
        stream = null;
        release();
        if (used != null) {
            if (reusable) {
                used.release();
            } else {
                used.discard();
            }
        }
    }

    /** The connection has closed by itself, or the stream was reset. */
    void streamLost() {
        stream = null;
        exchange.request.body.detach();
        release();
    }

    private void release() {
        Candidate at = candidate;
        if (underWay && at != null) {
            underWay = false;
            at.state().end();
        }
    }

    void end() {
        release();
        UpstreamLoad used = load;
        if (used != null) {
            exchange.retries.end();
            used.requestEnded();
        }
        load = null;
        share = null;
        endpoints = null;
        candidate = null;
        target = null;
        session = SessionUse.NONE;
    }

    // ------------------------------------------------------------------ reading

    RoutePlan.Share share() {
        return Exchange.known(share);
    }

    RoutePlan.@Nullable Share shareOrNull() {
        return share;
    }

    SessionUse session() {
        return session;
    }

    UpstreamLoad load() {
        return Exchange.known(load);
    }

    /** Retries that the upstream may have under way; 0: unbounded. */
    int mostRetries() {
        EndpointSet set = endpoints;
        return set == null ? 0 : set.upstream().limits().retries();
    }

    @Nullable
    UpstreamTarget target() {
        return target;
    }

    @Nullable
    UpstreamStream stream() {
        return stream;
    }

    /** Tries so far. */
    int count() {
        return count;
    }
}
