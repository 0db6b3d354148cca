package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.ResponseHead;

/** What an upstream says before its answer (RFC 9110 15.2), and the 100 that is ours. One per exchange; its event loop only. */
final class InterimAnswers {
    private static final int MOST = 32;

    private final Exchange exchange;
    private final HeadWriter writer;
    private int count;
    private boolean continued;

    InterimAnswers(Exchange exchange) {
        this.exchange = exchange;
        this.writer = exchange.loop.writer;
    }

    /** Another upstream is asked. */
    void begin() {
        count = 0;
    }

    void end() {
        continued = false;
    }

    /** Whether the upstream has said anything. */
    boolean isAny() {
        return count > 0;
    }

    /** Whether a 100 was passed on. */
    boolean hasContinued() {
        return continued;
    }

    /** Passes on what clients can use; false: there were too many of them. */
    boolean pass(ResponseHead head) {
        if (++count > MOST) {
            return false;
        }
        boolean proceed = head.status() == 100 && !continued && !exchange.request.isComplete();
        if (exchange.head.isHttp11() && (proceed || head.status() == 103)) {
            writer.startResponse(head).copyFields(head);
            exchange.client().headAlone(writer, head.headBytes() + 16, false);
        }
        continued |= proceed;
        exchange.limits.sent(true);
        return true;
    }

    /** Says 100 in the place of the upstream, which will get the content with the head. */
    void askForContent() {
        if (exchange.request.isHeldByExpect()) {
            writer.startResponse(100, "Continue");
            exchange.client().headAlone(writer, 32, false);
            continued = true;
        }
    }
}
