package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.admission.Gate;
import dev.moorgate.dataplane.admission.Passwords;
import dev.moorgate.dataplane.failure.LocalReply;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.Answer;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.routetable.Filter.HeaderField;
import dev.moorgate.routetable.RoutePolicy.Fault;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A request before its route's gate: what can be told at once is; a slow password is checked elsewhere, and a delay on purpose waited
 * out, while what comes of the content is kept as it is for a connection. One per exchange; its event loop only.
 */
final class Entry {
    private static final int PERCENT = 100;

    private final Exchange exchange;
    private final Deadline delay = new Deadline(this::delayed);
    private Gate.@Nullable Refusal refusal;
    private int life;

    Entry(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * True: let in now. False: it is refused, or will be told later.
     *
     * @param address the bytes of the client's, where they are known
     */
    boolean admits(Gate gate, byte @Nullable [] address) {
        Gate.Refusal no = gate.refusal(exchange.clientAddress(), address, exchange.loop.now());
        if (no != null) {
            refuse(no);
            return false;
        }
        Passwords passwords = gate.passwords();
        // A preflight carries no password (Fetch standard 3.2.2), and ends here anyway.
        return (passwords == null || isPreflight() || isKnown(gate, passwords)) && isSpared(gate);
    }

    private boolean isPreflight() {
        return exchange.plan().answers.answersPreflight(exchange.head);
    }

    private boolean isKnown(Gate gate, Passwords passwords) {
        Passwords.Credentials given = Passwords.Credentials.of(exchange.head.joinedValue("authorization"));
        if (given == null) {
            refuse(gate.unauthenticated());
            return false;
        }
        return switch (passwords.look(given)) {
            case RIGHT -> true;
            case WRONG -> {
                refuse(gate.unauthenticated());
                yield false;
            }
            case UNKNOWN -> {
                int now = life;
                passwords.check(
                        exchange.clientAddress(),
                        given,
                        verdict -> exchange.loop.loop.execute(() -> checked(now, gate, verdict)));
                yield false;
            }
        };
    }

    private void checked(int asked, Gate gate, Passwords.Verdict verdict) {
        if (asked != life || !exchange.isOpen()) {
            return;
        }
        switch (verdict) {
            case RIGHT -> {
                if (isSpared(gate)) {
                    exchange.admitted();
                }
            }
            case WRONG -> refuse(gate.unauthenticated());
            case UNKNOWN -> exchange.fail(ProxyFailure.OVERLOAD, "passwords");
        }
    }

    private boolean isSpared(Gate gate) {
        Fault fault = gate.fault();
        if (fault == null) {
            return true;
        }
        if (isChosen(fault.abortPercent())) {
            abort(fault.abortStatus());
            return false;
        }
        if (fault.delay().isPositive() && isChosen(fault.delayPercent())) {
            exchange.loop.timers.arm(delay, exchange.loop.now(), fault.delay().toNanos());
            return false;
        }
        return true;
    }

    private static boolean isChosen(int percent) {
        return percent == PERCENT || percent > 0 && ThreadLocalRandom.current().nextInt(PERCENT) < percent;
    }

    private void abort(int status) {
        exchange.outcome.fail(ProxyFailure.FAULT_INJECTED, "");
        if (exchange.call.isOn()) {
            Replies.sendFault(exchange, exchange.client(), status);
            return;
        }
        String text =
                status + " " + LocalReply.phrase(status) + "\nreason: " + ProxyFailure.FAULT_INJECTED.word() + "\n";
        LocalReply reply = exchange.plan()
                .worded(new LocalReply(
                        status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), false));
        Answer answer = new Answer(
                status,
                List.of(new HeaderField("content-type", reply.contentType())),
                new String(reply.body(), StandardCharsets.UTF_8));
        Replies.send(exchange, exchange.client(), answer, exchange.plan().answerFilters);
    }

    private void delayed() {
        if (exchange.isOpen()) {
            exchange.admitted();
        }
    }

    private void refuse(Gate.Refusal no) {
        refusal = no;
        exchange.fail(no.failure(), "");
    }

    /** The field of a refusal, for the reply. */
    void write(HeadWriter out) {
        Gate.Refusal no = refusal;
        if (no != null && !no.field().isEmpty()) {
            out.add(no.field().getBytes(StandardCharsets.US_ASCII), no.value());
        }
    }

    void end() {
        delay.disarm();
        refusal = null;
        life++;
    }
}
