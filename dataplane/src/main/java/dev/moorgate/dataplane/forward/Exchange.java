package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.Answer;
import dev.moorgate.dataplane.filter.CdnLoop;
import dev.moorgate.dataplane.filter.ForwardedHeaders;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.grpc.GrpcCall;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.observe.RouteMetrics;
import dev.moorgate.dataplane.route.RouteDecision;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request's life, from its head to the last byte of its answer: decide, try, receive; or fail, and try again or answer.
 * Lives on one {@link ProxyState}. Reused when it has ended; its event loop only.
 */
public final class Exchange {
    /** So far apart the deadline of a call may be seen here and at its endpoint. */
    private static final long DEADLINE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final byte[] NO_ID = {};

    public final RequestHead head = new RequestHead();
    final LoopState loop;
    public final RequestFlow request;
    final Outcome outcome = new Outcome();
    final Entry entry;
    final RetryLoop retries;
    final ResponseFlow response;
    final Attempt attempt;
    final Limits limits;
    final GrpcCall call = new GrpcCall();
    /** Written anew for each request: whoever keeps an id copies it. */
    private final byte[] ownId = new byte[ForwardedHeaders.ID_LENGTH];

    private @Nullable Client client;
    private ProxyState state = ProxyState.EMPTY;
    private @Nullable ListenerState listener;
    private @Nullable RoutePlan plan;
    private @Nullable Tunnel tunnel;
    private @Nullable String origin;
    private byte[] requestId = NO_ID;
    private String clientAddress = "";

    Exchange(LoopState loop) {
        this.loop = loop;
        request = new RequestFlow(this);
        entry = new Entry(this);
        retries = new RetryLoop(this);
        response = new ResponseFlow(this);
        attempt = new Attempt(this);
        limits = new Limits(this);
    }

    // ------------------------------------------------------------------ deciding

    /** The head is whole; {@code in} holds what came behind it as bytes, null: content will come bare. */
    public void begin(Client from, ProxyState now, ListenerState on, long began, @Nullable ByteBuf in) {
        open(from, now, on, began);
        if (!request.begin(from, on, in)) {
            return;
        }
        if (loop.isOverloaded()) {
            fail(ProxyFailure.OVERLOAD, "heap");
            return;
        }
        if (!from.facts().covers().test(head.host())) {
            fail(ProxyFailure.MISDIRECTED, "");
            return;
        }
        if (CdnLoop.isEndless(head)) {
            fail(ProxyFailure.LOOP_DETECTED, "");
            return;
        }
        switch (on.router().decide(head)) {
            case RouteDecision.Found<RoutePlan> found -> follow(found.plan(), on, from);
            case RouteDecision.NoHost<RoutePlan> _ -> fail(ProxyFailure.NO_HOST, "");
            case RouteDecision.NoRoute<RoutePlan> _ -> fail(ProxyFailure.NO_ROUTE, "");
        }
    }

    /** The head was not one; nothing of it is forwarded. */
    public void refuse(Client from, ProxyState now, ListenerState on, long began, ProxyFailure failure, String detail) {
        open(from, now, on, began);
        outcome.unread = true;
        fail(failure, detail);
    }

    private void open(Client from, ProxyState now, ListenerState on, long began) {
        client = from;
        state = now;
        listener = on;
        outcome.begin(began, loop.clock.epochMillis());
        retries.begin();
        call.begin(head);
        requestId = NO_ID;
        clientAddress = from.facts().address();
    }

    private void follow(RoutePlan route, ListenerState on, Client from) {
        plan = route;
        ForwardedHeaders forwarded = from.listener().forwarded(on);
        requestId = forwarded.requestId(head, ownId);
        clientAddress = forwarded.client(head);
        if (route.gate == null || entry.admits(route.gate, forwarded.bytes(clientAddress))) {
            admitted();
        }
    }

    /** The route's gate has let the request in. */
    void admitted() {
        RoutePlan route = plan();
        ListenerState on = listener();
        Answer answer = route.answers.answer(head, on.entrance);
        if (answer != null) {
            Replies.send(this, client(), answer, route.answerFilters);
            return;
        }
        if (!request.isWelcome(route, head.contentLength())) {
            return;
        }
        if (call.isMalformed()) {
            fail(ProxyFailure.MALFORMED_REQUEST, "malformed grpc-timeout");
            return;
        }
        limits.begin(route);
        if (call.isOn() && limits.left(1) <= 0) {
            fail(ProxyFailure.REQUEST_TIMEOUT, "");
            return;
        }
        attempt.begin(head, clientAddress);
        if (!route.uploads.isOn() || request.collect(route.uploads)) {
            attempt.start(false);
        }
    }

    /** Another try. */
    void again(boolean fresh) {
        head.restore();
        attempt.start(fresh);
    }

    // ------------------------------------------------------------------ the answer

    /** A final answer's head is on its way: from here on the request is not repeated. */
    void answered(int status) {
        request.body.stopKeeping();
        outcome.answered(status, loop.now());
    }

    /** The client can take more. */
    public void clientWritable() {
        if (tunnel != null) {
            tunnel.clientWritable();
        } else {
            response.clientWritable();
        }
    }

    /** The answer is whole and written. */
    void finished(boolean keepClient) {
        upstreamDone();
        conclude(keepClient, !request.isComplete());
    }

    /** The endpoint has said all, whether the client has got it or not. */
    void upstreamDone() {
        attempt.detach(response.isReusable() && request.body.isSent());
    }

    /** One of our own answers is written. */
    void replied(boolean keepClient) {
        conclude(keepClient, outcome.unread || !request.isComplete());
    }

    private void conclude(boolean keepClient, boolean unread) {
        Client to = end();
        if (to != null) {
            if (keepClient && !unread) {
                to.exchangeDone();
            } else {
                to.exchangeDoneAndClose(unread);
            }
        }
    }

    /** Whether a call that an endpoint broke off has come to its deadline: the endpoint counts it down beside us, and may be first. */
    boolean isAtDeadline(ProxyFailure failure) {
        return (failure == ProxyFailure.UPSTREAM_RESET || failure == ProxyFailure.RESPONSE_INCOMPLETE)
                && call.isOn()
                && limits.left(Long.MAX_VALUE) < DEADLINE_NANOS;
    }

    /** The answer broke off behind its head. */
    void cut(ProxyFailure seen, String detail) {
        ProxyFailure failure = isAtDeadline(seen) ? ProxyFailure.REQUEST_TIMEOUT : seen;
        outcome.fail(failure, detail);
        // A limit on the whole request is as short as the client likes.
        boolean blamed = failure.side() == ProxyFailure.Side.UPSTREAM && failure != ProxyFailure.REQUEST_TIMEOUT;
        if (blamed) {
            retries.cut();
            attempt.failed();
        }
        boolean endsByClose = response.endsByClose();
        attempt.detach(false);
        if (call.isOn() && failure.side() != ProxyFailure.Side.DOWNSTREAM && response.trail(failure, detail)) {
            conclude(true, !request.isComplete());
            return;
        }
        Client to = end();
        if (to != null) {
            to.exchangeCut(failure, endsByClose);
        }
    }

    /** Nothing has been answered yet: the client is told. Behind the answer's head it is cut off instead. */
    void fail(ProxyFailure failure, String detail) {
        if (response.hasBegunAnswer()) {
            cut(failure, detail);
            return;
        }
        outcome.fail(failure, detail);
        attempt.detach(false);
        Replies.send(this, client(), failure);
    }

    /** A bug of ours: the client is told where it can be, and its connection ends. */
    public void brokeDown(Throwable bug) {
        LOG.error("A request failed in the proxy itself", bug);
        if (client != null && outcome.reason() != ProxyFailure.INTERNAL) {
            outcome.unread = true;
            fail(ProxyFailure.INTERNAL, bug.getClass().getSimpleName());
        }
    }

    /** The client is gone: what was asked of the upstream is called off. */
    public void clientGone() {
        if (client == null) {
            // Only a part of a head had come.
            head.reset();
            loop.giveBack(this);
            return;
        }
        outcome.fail(ProxyFailure.CLIENT_GONE, "");
        attempt.detach(false);
        var _ = end();
    }

    // ------------------------------------------------------------------ tunnel

    /** Both sides speak another protocol from now on; {@code first} is what the upstream has said of it already. */
    void beginTunnel(UpstreamStream to, ByteBuf first) {
        var both = new Tunnel(this, client(), to);
        tunnel = both;
        loop.tunnels.add(both);
        limits.tunnel();
        both.begin(first);
    }

    public void tunnelBytes(ByteBuf bytes) {
        known(tunnel).fromClient(bytes);
    }

    public void tunnelInputEnded() {
        known(tunnel).clientInputEnded();
    }

    /** Nothing has moved for too long. */
    void tunnelIdle() {
        known(tunnel).goAway();
        tunnelEnded();
    }

    /** Both directions have ended, or one of them badly. */
    void tunnelEnded() {
        attempt.detach(false);
        conclude(false, false);
    }

    // ------------------------------------------------------------------ ending

    private @Nullable Client end() {
        limits.end();
        Client from = client;
        if (from != null) {
            outcome.tell(this, from);
        }
        entry.end();
        attempt.end();
        request.end();
        response.end();
        head.reset();
        client = null;
        listener = null;
        plan = null;
        if (tunnel != null) {
            loop.tunnels.remove(tunnel);
            tunnel = null;
        }
        origin = null;
        state = ProxyState.EMPTY;
        loop.giveBack(this);
        return from;
    }

    // ------------------------------------------------------------------ reading

    public static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the exchange has not come so far, or has ended");
        }
        return value;
    }

    boolean isOpen() {
        return client != null;
    }

    /** Whether it is still of this client: exchanges are used again. */
    @SuppressWarnings("ReferenceEquality") // the very one
    public boolean isOf(Client whose) {
        return client == whose;
    }

    Client client() {
        return known(client);
    }

    ProxyState state() {
        return state;
    }

    ListenerState listener() {
        return known(listener);
    }

    RoutePlan plan() {
        return known(plan);
    }

    @Nullable
    RoutePlan planOrNull() {
        return plan;
    }

    /** Origin of a request whose answer a CORS filter looks at. */
    @Nullable
    String origin() {
        return origin;
    }

    void origin(@Nullable String newOrigin) {
        origin = newOrigin;
    }

    byte[] requestId() {
        return requestId;
    }

    /** The client as far as it can be believed. */
    String clientAddress() {
        return clientAddress;
    }

    RouteMetrics metrics() {
        RoutePlan.Share used = attempt.shareOrNull();
        RoutePlan route = plan;
        return used != null ? used.metrics() : route != null ? route.unsent : listener().unrouted;
    }

    /** Bytes of content that went to the client or wait for it. */
    public long bytesOut() {
        return outcome.bytesOut + response.body.bytes();
    }

    boolean isToHead() {
        return head.methodId() == Methods.HEAD;
    }
}
