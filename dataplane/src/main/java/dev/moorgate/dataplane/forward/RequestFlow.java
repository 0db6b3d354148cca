package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.body.BufferRule;
import dev.moorgate.dataplane.forward.body.RequestBody;
import dev.moorgate.dataplane.forward.body.RequestOwner;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The content of a request on its way to the upstream: read strictly, within the route's limit, collected first where the route
 * says so. One per exchange; its event loop only.
 */
public final class RequestFlow implements RequestOwner {
    final RequestBody body;

    private final Exchange exchange;
    private boolean collecting;

    RequestFlow(Exchange exchange) {
        this.exchange = exchange;
        LoopState loop = exchange.loop;
        body = new RequestBody(loop.writer, loop.space, loop.loop, this);
    }

    /** The head is whole; {@code in} holds what came behind it, null: content comes bare. False: the request has failed. */
    boolean begin(Client from, ListenerState on, @Nullable ByteBuf in) {
        collecting = false;
        if (in == null) {
            body.beginBare(exchange.head, on.limits);
            return true;
        }
        body.begin(exchange.head, on.limits);
        return body.isWhole() || body.read(in, exchange.head, from) != Progress.REFUSED || refused(body.error());
    }

    private boolean refused(ParseError error) {
        exchange.outcome.unread = true;
        exchange.fail(ProxyFailure.MALFORMED_BODY, error.word());
        return false;
    }

    /** Whether the route takes so much; false: the request has failed. */
    boolean isWelcome(RoutePlan route, long announced) {
        if (body.exceeds(route.bodyLimit, route.uploads, announced)) {
            exchange.fail(ProxyFailure.BODY_TOO_LARGE, "");
            return false;
        }
        return true;
    }

    /** Collects the content first; true: it is all here. */
    boolean collect(BufferRule rule) {
        body.collect(rule);
        if (isLost()) {
            return false;
        }
        if (!body.isWhole()) {
            collecting = true;
            // It may have been stopped while the route's gate was asked.
            exchange.client().setReading(!body.isFull());
            exchange.response.interim.askForContent();
            exchange.limits.sent(true);
        }
        return body.isWhole();
    }

    private boolean isLost() {
        String lost = body.lost();
        if (lost != null) {
            exchange.fail(ProxyFailure.OVERLOAD, lost);
        }
        return lost != null;
    }

    /** Content of the request, as far as there is any in {@code in}; false: it is whole and the rest is not ours. */
    public boolean bytes(ByteBuf in) {
        if (body.isWhole()) {
            return false;
        }
        Client from = exchange.client();
        RequestHead head = exchange.head;
        if (body.read(in, head, from) == Progress.REFUSED) {
            refused(body.error());
            return exchange.isOpen();
        }
        return came(from) || exchange.isOpen();
    }

    /** Takes over content that comes bare. */
    public void content(ByteBuf piece) {
        body.take(piece);
        var _ = came(exchange.client());
    }

    /** Content that came bare is whole. */
    public void ended(@Nullable MessageHead trailers) {
        body.end(trailers, exchange.head);
        var _ = came(exchange.client());
    }

    /** False: the request has failed. */
    private boolean came(Client from) {
        if (isLost() || !isWelcome(exchange.plan(), 0)) {
            return false;
        }
        if (collecting) {
            collected(from);
            return true;
        }
        exchange.attempt.mirror();
        UpstreamStream to = exchange.attempt.stream();
        if (to != null) {
            moved(to);
        } else if (body.isFull()) {
            from.setReading(false);
        }
        return true;
    }

    private void collected(Client from) {
        if (body.isWhole()) {
            collecting = false;
            from.setReading(true);
            exchange.attempt.start(false);
        } else {
            from.setReading(!body.isFull());
            exchange.limits.sent(true);
        }
    }

    /** Something of the request went on to the upstream. */
    void moved(UpstreamStream to) {
        boolean room = body.isWhole() || to.hasRoom();
        exchange.client().setReading(room);
        exchange.limits.sent(room);
    }

    /** There is room again at the upstream. */
    void upstreamWritable() {
        if (!body.isWhole()) {
            exchange.client().setReading(true);
            exchange.limits.sent(true);
        } else {
            body.sendSpilled();
        }
    }

    public boolean isComplete() {
        return body.isWhole();
    }

    /** The client waits for a 100 and has sent nothing of its content. */
    boolean isHeldByExpect() {
        return exchange.head.expectContinue()
                && !exchange.response.interim.hasContinued()
                && exchange.head.bodyKind() != BodyKind.NONE
                && body.received() == 0
                && !body.isWhole();
    }

    void end() {
        collecting = false;
        body.end();
    }

    // ------------------------------------------------------------------ told by the body

    @Override
    public void bodyStored() {
        if (collecting) {
            exchange.client().setReading(true);
        }
    }

    @Override
    public void bodyMoved(UpstreamStream to) {
        exchange.limits.sent(true);
    }

    @Override
    public void bodyLost(String detail) {
        exchange.fail(ProxyFailure.OVERLOAD, detail);
    }
}
