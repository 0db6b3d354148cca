package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * How a route's requests are carried.
 *
 * @param bodyLimit bytes of a request body, beyond which 413 is answered; absent: unlimited
 * @param admission absent: every request is let in
 */
public record RoutePolicy(
        Timeouts timeouts,
        Retry retry,
        Buffering buffering,
        OptionalLong bodyLimit,
        Optional<Compression> compression,
        Optional<Admission> admission,
        Optional<ErrorBodies> errorBodies) {
    public static final RoutePolicy STANDARD =
            new RoutePolicy(Timeouts.STANDARD, Retry.STANDARD, Buffering.OFF, OptionalLong.empty(), Optional.empty());

    /** How requests are carried, where all are let in and replies of ours are plain. */
    public RoutePolicy(
            Timeouts timeouts,
            Retry retry,
            Buffering buffering,
            OptionalLong bodyLimit,
            Optional<Compression> compression) {
        this(timeouts, retry, buffering, bodyLimit, compression, Optional.empty(), Optional.empty());
    }

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
     * @param grpc statuses of calls that are retried, whatever the method, where nothing else was answered; absent: none
     */
    public record Retry(
            int attempts,
            List<Integer> statuses,
            List<String> methods,
            Duration backoff,
            Duration backoffLimit,
            RetryBudget budget,
            Optional<GrpcStatuses> grpc) {
        private static final int LEAST_STATUS = 400;

        public static final Retry STANDARD =
                new Retry(1, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RetryBudget.STANDARD);

        /** Without a word on calls of gRPC. */
        public Retry(
                int attempts,
                List<Integer> statuses,
                List<String> methods,
                Duration backoff,
                Duration backoffLimit,
                RetryBudget budget) {
            this(attempts, statuses, methods, backoff, backoffLimit, budget, Optional.empty());
        }

        public Retry {
            Checks.inRange(attempts, 0, 100, "retry attempts");
            statuses = List.copyOf(statuses);
            for (int i = 0; i < statuses.size(); i++) {
                Checks.inRange(statuses.get(i), LEAST_STATUS, 599, "retry status");
                Checks.require(
                        i == 0 || statuses.get(i - 1) < statuses.get(i), "retry statuses must be ascending and unique");
            }
            methods = List.copyOf(methods);
            Checks.notNegative(backoff, "backoff");
            Checks.notNegative(backoffLimit, "backoffLimit");
        }

        /** Whether an answer of this status is retried; asked for every answer, most of which are good ones. */
        public boolean lists(int status) {
            return status >= LEAST_STATUS && statuses.contains(status);
        }
    }

    /** How a call of gRPC ends, in the order of the codes that gRPC gives them, from 0. */
    public enum GrpcStatus {
        OK,
        CANCELLED,
        UNKNOWN,
        INVALID_ARGUMENT,
        DEADLINE_EXCEEDED,
        NOT_FOUND,
        ALREADY_EXISTS,
        PERMISSION_DENIED,
        RESOURCE_EXHAUSTED,
        FAILED_PRECONDITION,
        ABORTED,
        OUT_OF_RANGE,
        UNIMPLEMENTED,
        INTERNAL,
        UNAVAILABLE,
        DATA_LOSS,
        UNAUTHENTICATED;

        @SuppressWarnings("EnumOrdinal") // the order is gRPC's own
        public int code() {
            return ordinal();
        }
    }

    /** Failures of calls, in the order of their codes. */
    public record GrpcStatuses(List<GrpcStatus> statuses) {
        public GrpcStatuses {
            statuses = List.copyOf(statuses);
            Checks.require(!statuses.isEmpty(), "grpc statuses must not be empty");
            Checks.require(!statuses.contains(GrpcStatus.OK), "grpc statuses must be failures, not OK");
            Checks.ascending(statuses.stream().map(GrpcStatus::code).toList(), 1, 16, "grpc statuses");
        }
    }

    /** Retries for an upstream's requests of the last ten seconds, in percent, with a floor per second. */
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

    /**
     * Which answers are compressed on their way to clients that like it.
     *
     * @param algorithms in order of preference; empty: none is
     * @param contentTypes media types without parameters, or {@code type/*} for all of a type
     * @param minSize bytes of a body below which it stays as it is, where its length is known
     */
    public record Compression(List<Algorithm> algorithms, Level level, List<String> contentTypes, int minSize) {
        private static final Pattern MEDIA_RANGE =
                Pattern.compile("[a-z0-9!#$&^_.+-]{1,127}/([*]|[a-z0-9!#$&^_.+-]{1,127})");

        public Compression {
            algorithms = Checks.unique(algorithms, Algorithm::name, "compression algorithms");
            contentTypes = Checks.sorted(contentTypes, type -> type, "compression contentTypes");
            for (String type : contentTypes) {
                Checks.require(
                        MEDIA_RANGE.matcher(type).matches(),
                        "compression contentTypes must be lower-case media types such as text/html or text/*, not "
                                + type);
            }
            Checks.inRange(minSize, 0, 1 << 30, "compression minSize");
        }

        /** A content coding (RFC 9110 8.4.1, RFC 8878, RFC 7932). */
        public enum Algorithm {
            ZSTD,
            BROTLI,
            GZIP
        }

        /** Time against size. */
        public enum Level {
            FAST,
            BALANCED,
            SMALL
        }
    }

    /**
     * Whether a request is let in before anything else is done with it: in the order of the components, the first that refuses answers.
     *
     * @param closed nobody is: what should decide is missing or broken, so that every request answers 500
     * @param clients every one of them must let the client in
     */
    public record Admission(
            boolean closed,
            List<Clients> clients,
            Optional<RateLimit> rateLimit,
            Optional<BasicAuth> basicAuth,
            Optional<Fault> fault) {
        public Admission {
            clients = List.copyOf(clients);
        }
    }

    /** Networks (CIDR) of the trusted client address: in none of {@code deny}, and in one of {@code allow} where there is any. */
    public record Clients(List<String> allow, List<String> deny) {
        public Clients {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
            allow.forEach(network -> Checks.network(network, "allowed network"));
            deny.forEach(network -> Checks.network(network, "denied network"));
        }
    }

    /**
     * A token bucket of each replica.
     *
     * @param bucket routes with the same one share it
     * @param requests tokens that come back in {@code period}
     * @param burst most tokens at once
     */
    public record RateLimit(String bucket, int requests, Duration period, int burst, Key key) {
        private static final Duration LONGEST = Duration.ofHours(24);

        public RateLimit {
            Checks.notBlank(bucket, "rate limit bucket");
            Checks.inRange(requests, 1, 1_000_000, "rate limit requests");
            Checks.inRange(burst, 1, 1_000_000, "rate limit burst");
            Checks.require(
                    period.isPositive() && period.compareTo(LONGEST) <= 0,
                    "rate limit period must be longer than 0s and at most 24h, not " + period);
        }

        /** What has a bucket of its own. */
        public enum Key {
            ROUTE,
            /** The client's address; an IPv6 network of 64 bits counts as one. */
            CLIENT
        }
    }

    /** Basic authentication (RFC 7617); users sorted by name. */
    public record BasicAuth(String realm, List<User> users) {
        public BasicAuth {
            for (int i = 0; i < realm.length(); i++) {
                char c = realm.charAt(i);
                Checks.require(
                        c >= 0x20 && c < 0x7f && c != '"' && c != '\\',
                        "realm must be printable ASCII without quotes and backslashes");
            }
            users = Checks.sorted(users, User::name, "users");
        }

        /**
         * A user.
         *
         * @param hash of the password as htpasswd writes it: {@code $2y$…}, {@code $apr1$…} or {@code {SHA}…}
         */
        public record User(String name, Redacted hash) {
            public User {
                Checks.notBlank(name, "user name");
            }
        }
    }

    /** Failures for tests: a share of requests waits, a share is answered with a status. */
    public record Fault(Duration delay, int delayPercent, int abortStatus, int abortPercent) {
        public Fault {
            Checks.notNegative(delay, "fault delay");
            Checks.inRange(delayPercent, 0, 100, "fault delay percent");
            Checks.inRange(abortStatus, 400, 599, "fault status");
            Checks.inRange(abortPercent, 0, 100, "fault abort percent");
        }
    }

    /** What the proxy's own replies say instead of its plain text; ascending by status. */
    public record ErrorBodies(List<ErrorBody> bodies) {
        public ErrorBodies {
            bodies = List.copyOf(bodies);
            for (int i = 1; i < bodies.size(); i++) {
                Checks.require(
                        bodies.get(i - 1).status() < bodies.get(i).status(),
                        "error bodies must be ascending and unique");
            }
        }
    }

    /** Sent as UTF-8 with replies of this status. */
    public record ErrorBody(int status, String contentType, String body) {
        public ErrorBody {
            Checks.inRange(status, 400, 599, "error body status");
            Checks.notBlank(contentType, "error body contentType");
            for (int i = 0; i < contentType.length(); i++) {
                Checks.require(
                        contentType.charAt(i) >= 0x20 && contentType.charAt(i) < 0x7f,
                        "error body contentType must be printable ASCII");
            }
        }
    }
}
