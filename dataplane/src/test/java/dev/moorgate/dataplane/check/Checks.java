package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.routetable.Upstream.HealthCheck;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Checks and what they meet, in few words. */
final class Checks {
    /** So long that none comes by itself while a test runs. */
    static final Duration INTERVAL = Duration.ofHours(1);

    private Checks() {}

    /** Up after two, down after three. */
    static HealthCheck http() {
        return check(HealthCheck.Kind.HTTP, List.of(), "", 2, 3, false);
    }

    static HealthCheck failingOpen() {
        return check(HealthCheck.Kind.HTTP, List.of(), "", 1, 1, true);
    }

    /** One outcome decides. */
    static HealthCheck http(List<Integer> statuses, String bodyContains) {
        return check(HealthCheck.Kind.HTTP, statuses, bodyContains, 1, 1, false);
    }

    static HealthCheck tcp() {
        return check(HealthCheck.Kind.TCP, List.of(), "", 1, 1, false);
    }

    private static HealthCheck check(
            HealthCheck.Kind kind, List<Integer> statuses, String bodyContains, int up, int down, boolean failsOpen) {
        return new HealthCheck(
                kind,
                "/healthz?deep=1",
                Optional.of("cart.internal"),
                statuses,
                bodyContains,
                INTERVAL,
                Duration.ofSeconds(1),
                up,
                down,
                failsOpen);
    }

    /** An application whose checks get the status of the moment, and whose requests get {@code body}. */
    static ScriptedUpstream application(String body, AtomicInteger status, AtomicInteger checked) {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                if (head.startsWith("GET /healthz")) {
                    checked.incrementAndGet();
                    connection.send("HTTP/1.1 " + status.get() + " Status\r\nContent-Length: 0\r\n\r\n");
                } else {
                    connection.answer(body);
                }
            }
        });
    }
}
