package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a route's requests are carried.
 *
 * @param bodyLimit bytes of a request body, beyond which 413 is answered; absent: unlimited
 */
public record RoutePolicy(
        Timeouts timeouts,
        Retry retry,
        Buffering buffering,
        OptionalLong bodyLimit,
        Optional<Compression> compression) {
    public static final RoutePolicy STANDARD =
            new RoutePolicy(Timeouts.STANDARD, Retry.STANDARD, Buffering.OFF, OptionalLong.empty(), Optional.empty());

    /**
     * Limits on one request; zero switches a limit off.
     *
     * @param request from the request's first byte to the response's last
     * @param perTry of each attempt, to the response's head
     * @param responseHead request sent to response head received
     * @param bodyIdle no byte of the request body for so long: 408
     * @param streamIdle no byte of the response body for so long: the response is cut
     */
    public record Timeouts(
            Duration request,
            Duration perTry,
            Duration connect,
            Duration responseHead,
            Duration bodyIdle,
            Duration streamIdle) {
        public static final Timeouts STANDARD = new Timeouts(
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5));

        public Timeouts {
            Checks.notNegative(request, "request");
            Checks.notNegative(perTry, "perTry");
            Checks.notNegative(connect, "connect");
            Checks.notNegative(responseHead, "responseHead");
            Checks.notNegative(bodyIdle, "bodyIdle");
            Checks.notNegative(streamIdle, "streamIdle");
        }
    }

    /**
     * Retries of requests that are safe to repeat (RFC 9110 9.2.2): connection failures always count, statuses as listed.
     *
     * @param attempts retries beside the first try; 0 switches them off
     * @param statuses response codes that are retried, ascending
     * @param methods further methods that this route allows to be repeated, beside the idempotent ones
     * @param backoff shortest wait before a retry; zero: at once
     */
    public record Retry(
            int attempts,
            List<Integer> statuses,
            List<String> methods,
            Duration backoff,
            Duration backoffLimit,
            RetryBudget budget) {
        public static final Retry STANDARD =
                new Retry(1, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RetryBudget.STANDARD);

        public Retry {
            Checks.inRange(attempts, 0, 100, "retry attempts");
            statuses = List.copyOf(statuses);
            for (int i = 0; i < statuses.size(); i++) {
                Checks.inRange(statuses.get(i), 400, 599, "retry status");
                Checks.require(
                        i == 0 || statuses.get(i - 1) < statuses.get(i), "retry statuses must be ascending and unique");
            }
            methods = List.copyOf(methods);
            Checks.notNegative(backoff, "backoff");
            Checks.notNegative(backoffLimit, "backoffLimit");
        }
    }

    /** Share of an upstream's live requests that may be retries, with a floor per second. */
    public record RetryBudget(int percent, int floorPerSecond) {
        public static final RetryBudget STANDARD = new RetryBudget(20, 10);

        public RetryBudget {
            Checks.inRange(percent, 0, 100, "retry budget percent");
            Checks.inRange(floorPerSecond, 0, 1_000_000, "retry budget floor");
        }
    }

    /**
     * Whether bodies are collected before they are sent on.
     *
     * @param memoryLimit bytes kept in memory for one body
     * @param diskLimit bytes of one body spilled to disk beyond that; then 413
     */
    public record Buffering(boolean requests, boolean responses, long memoryLimit, long diskLimit) {
        public static final Buffering OFF = new Buffering(false, false, 0, 0);

        public Buffering {
            Checks.require(memoryLimit >= 0 && diskLimit >= 0, "buffer limits must not be negative");
        }
    }

    /** Response compression by media type; codings in order of preference. */
    public record Compression(List<String> codings, List<String> mediaTypes, int leastBytes) {
        public Compression {
            codings = List.copyOf(codings);
            mediaTypes = List.copyOf(mediaTypes);
        }
    }
}
