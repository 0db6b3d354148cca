package dev.moorgate.dataplane.check;

import dev.moorgate.routetable.Upstream.HealthCheck;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What the answer to a GET has to be: by its status and, where one is asked for, by a piece of its body. Once. */
final class HttpExpectation {
    private static final int MOST_BODY = 64 << 10;

    private final HealthCheck check;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    HttpExpectation(HealthCheck check) {
        this.check = check;
    }

    /** Whether the body has a say where the status is good. */
    boolean wantsBody() {
        return !check.bodyContains().isEmpty();
    }

    /** What the status comes to. */
    String judge(int status) {
        boolean good = check.statuses().isEmpty()
                ? status >= 200 && status < 400
                : check.statuses().contains(status);
        return good ? Probe.PASSED : "status " + status;
    }

    /** Takes a piece of the body; false: enough of it has come. */
    boolean take(byte[] piece) {
        content.write(piece, 0, Math.min(piece.length, MOST_BODY - content.size()));
        return content.size() < MOST_BODY;
    }

    /** What the body comes to, as far as it has come. */
    String judgeBody() {
        boolean found = content.toString(StandardCharsets.UTF_8).contains(check.bodyContains());
        return found ? Probe.PASSED : "the body does not contain what it should";
    }
}
