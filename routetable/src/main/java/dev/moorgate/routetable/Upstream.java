package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A set of endpoints that serve the same thing: a port of a Service.
 *
 * @param name unique and stable, the label of its metrics: {@code shop/cart/8080}
 * @param session id of the StickySession of the whole Service, if any
 * @param policy that says how it is treated, if any
 */
public record Upstream(
        String name,
        SourceRef source,
        Protocol protocol,
        Balancing balancing,
        Optional<String> session,
        Optional<HealthCheck> healthCheck,
        OutlierDetection outlierDetection,
        Optional<SlowStart> slowStart,
        ZonePreference zones,
        Limits limits,
        Optional<UpstreamTls> tls,
        Optional<SourceRef> policy) {
    /** What its endpoints speak. WEBSOCKET is HTTP/1.1 whose upgrades are expected. */
    public enum Protocol {
        HTTP1,
        H2,
        H2C,
        WEBSOCKET
    }

    /** How an endpoint is picked where no session says so. */
    public enum Balancing {
        ROUND_ROBIN,
        LEAST_REQUEST,
        /** The least expected time to an answer: peak EWMA of response times times requests under way. */
        LEAST_TIME,
        RANDOM
    }

    /** Whose endpoints are preferred: those hinted for the proxy's zone, those in it, or nobody's. */
    public enum ZonePreference {
        HINTS,
        SAME_ZONE,
        NONE
    }

    public Upstream {
        Checks.notBlank(name, "upstream name");
    }

    /** With neither slow start nor a wish for zones but what endpoints hint at. */
    public Upstream(
            String name,
            SourceRef source,
            Protocol protocol,
            Balancing balancing,
            Optional<String> session,
            Optional<HealthCheck> healthCheck,
            OutlierDetection outlierDetection,
            Limits limits,
            Optional<UpstreamTls> tls) {
        this(
                name,
                source,
                protocol,
                balancing,
                session,
                healthCheck,
                outlierDetection,
                Optional.empty(),
                ZonePreference.HINTS,
                limits,
                tls,
                Optional.empty());
    }

    /** An HTTP/1.1 upstream with standard settings. */
    public static Upstream http(String name, SourceRef source) {
        return new Upstream(
                name,
                source,
                Protocol.HTTP1,
                Balancing.ROUND_ROBIN,
                Optional.empty(),
                Optional.empty(),
                OutlierDetection.STANDARD,
                Limits.STANDARD,
                Optional.empty());
    }

    /** This upstream, balanced so. */
    public Upstream with(Balancing wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                wanted,
                session,
                healthCheck,
                outlierDetection,
                slowStart,
                zones,
                limits,
                tls,
                policy);
    }

    /** This upstream with active checks. */
    public Upstream with(HealthCheck wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                balancing,
                session,
                Optional.of(wanted),
                outlierDetection,
                slowStart,
                zones,
                limits,
                tls,
                policy);
    }

    /** This upstream with these rules of ejection. */
    public Upstream with(OutlierDetection wanted) {
        return new Upstream(
                name, source, protocol, balancing, session, healthCheck, wanted, slowStart, zones, limits, tls, policy);
    }

    /** This upstream with slow start. */
    public Upstream with(SlowStart wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                balancing,
                session,
                healthCheck,
                outlierDetection,
                Optional.of(wanted),
                zones,
                limits,
                tls,
                policy);
    }

    /** This upstream with this wish for zones. */
    public Upstream with(ZonePreference wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                balancing,
                session,
                healthCheck,
                outlierDetection,
                slowStart,
                wanted,
                limits,
                tls,
                policy);
    }

    /** This upstream with these bounds. */
    public Upstream with(Limits wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                balancing,
                session,
                healthCheck,
                outlierDetection,
                slowStart,
                zones,
                wanted,
                tls,
                policy);
    }

    /** This upstream behind TLS. */
    public Upstream with(UpstreamTls wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                balancing,
                session,
                healthCheck,
                outlierDetection,
                slowStart,
                zones,
                limits,
                Optional.of(wanted),
                policy);
    }

    /** This upstream, treated as this policy says. */
    public Upstream by(SourceRef wanted) {
        return new Upstream(
                name,
                source,
                protocol,
                balancing,
                session,
                healthCheck,
                outlierDetection,
                slowStart,
                zones,
                limits,
                tls,
                Optional.of(wanted));
    }

    /**
     * Active checks.
     *
     * @param path of HTTP checks; the service name of gRPC checks
     * @param host of HTTP checks; absent: the endpoint's address and port
     * @param statuses that pass an HTTP check, ascending; empty: 200 to 399
     * @param bodyContains what the first 64 KiB of an HTTP check's body must contain; empty: anything
     * @param interval from the end of a check to the next one's start, give or take a fifth
     * @param failsOpen where all endpoints fail, all are taken for good
     */
    public record HealthCheck(
            Kind kind,
            String path,
            Optional<String> host,
            List<Integer> statuses,
            String bodyContains,
            Duration interval,
            Duration timeout,
            int healthyAfter,
            int unhealthyAfter,
            boolean failsOpen) {
        /** How an endpoint is asked. */
        public enum Kind {
            HTTP,
            TCP,
            GRPC
        }

        public HealthCheck {
            statuses = List.copyOf(statuses);
            Checks.ascending(statuses, 100, 599, "check statuses");
            Checks.require(
                    interval.isPositive() && timeout.isPositive(), "check interval and timeout must be positive");
            Checks.inRange(healthyAfter, 1, 100, "healthyAfter");
            Checks.inRange(unhealthyAfter, 1, 100, "unhealthyAfter");
            Checks.require(kind != Kind.HTTP || path.startsWith("/"), "check path starts with '/'");
            Checks.require(isPlain(path) && isPlain(host.orElse("")), "check path and host are visible ASCII");
        }

        /** Nothing that could end a line of the request. */
        private static boolean isPlain(String text) {
            return text.chars().allMatch(c -> c > ' ' && c < 127);
        }
    }

    /**
     * Passive ejection, by what requests meet. A failure is a local one (no connection, broken off, no answer in time) or an
     * answer of 502, 503 or 504; an error is a failure or any other answer of 500 or more. Zero switches a rule off.
     *
     * @param consecutiveErrors errors in a row that eject an endpoint
     * @param consecutiveFailures failures in a row that eject it
     * @param consecutiveLocalFailures local failures in a row that eject it; where on, they count nowhere else
     * @param ejection first time out; grows by itself with each further one
     * @param longestEjection the most that it grows to
     * @param mostEjectedPercent of the endpoints at one time
     * @param panicPercent where fewer of the endpoints are good, ejections are ignored
     */
    public record OutlierDetection(
            int consecutiveErrors,
            int consecutiveFailures,
            int consecutiveLocalFailures,
            Duration ejection,
            Duration longestEjection,
            int mostEjectedPercent,
            int panicPercent,
            Optional<SuccessRate> successRate) {
        public static final OutlierDetection STANDARD = new OutlierDetection(5, Duration.ofSeconds(30), 50);

        public OutlierDetection {
            Checks.inRange(consecutiveErrors, 0, 1_000_000, "consecutiveErrors");
            Checks.inRange(consecutiveFailures, 0, 1_000_000, "consecutiveFailures");
            Checks.inRange(consecutiveLocalFailures, 0, 1_000_000, "consecutiveLocalFailures");
            Checks.notNegative(ejection, "ejection");
            Checks.require(longestEjection.compareTo(ejection) >= 0, "longestEjection must not be below ejection");
            Checks.inRange(mostEjectedPercent, 0, 100, "mostEjectedPercent");
            Checks.inRange(panicPercent, 0, 100, "panicPercent");
        }

        /** By failures in a row alone; the time out grows tenfold at most. */
        public OutlierDetection(int consecutiveFailures, Duration ejection, int mostEjectedPercent) {
            this(
                    0,
                    consecutiveFailures,
                    0,
                    ejection,
                    ejection.multipliedBy(10),
                    mostEjectedPercent,
                    0,
                    Optional.empty());
        }
    }

    /**
     * Ejection of an endpoint whose share of good answers is far below that of the others.
     *
     * @param interval that is looked at
     * @param leastEndpoints with enough requests, below which nobody is judged
     * @param leastRequests of an endpoint within the interval, below which it is not judged
     * @param factorPercent standard deviations below the mean, in hundredths
     */
    public record SuccessRate(Duration interval, int leastEndpoints, int leastRequests, int factorPercent) {
        public SuccessRate {
            Checks.require(interval.compareTo(Duration.ofSeconds(1)) >= 0, "success rate interval must be 1 s or more");
            Checks.inRange(leastEndpoints, 2, 10_000, "leastEndpoints");
            Checks.inRange(leastRequests, 1, 1_000_000, "leastRequests");
            Checks.inRange(factorPercent, 50, 1_000, "factorPercent");
        }
    }

    /**
     * New and returning endpoints get their share bit by bit.
     *
     * @param window until the whole share
     * @param leastPercent of the share at the beginning
     */
    public record SlowStart(Duration window, int leastPercent) {
        public SlowStart {
            Checks.require(window.isPositive(), "slow start window must be positive");
            Checks.inRange(leastPercent, 1, 100, "slow start leastPercent");
        }
    }

    /**
     * Bounds on what one process does to the upstream.
     *
     * @param pending requests that wait for a connection
     * @param requests under way; 0: unbounded
     * @param retries under way, beside what budgets say; 0: unbounded
     * @param keepAliveIdle how long an unused connection is kept
     */
    public record Limits(
            int connections, int pending, int requests, int retries, int idleConnections, Duration keepAliveIdle) {
        public static final Limits STANDARD = new Limits(10_000, 1_024, 256, Duration.ofSeconds(60));

        public Limits {
            Checks.inRange(connections, 1, 10_000_000, "connections");
            Checks.inRange(pending, 0, 10_000_000, "pending");
            Checks.inRange(requests, 0, 10_000_000, "requests");
            Checks.inRange(retries, 0, 10_000_000, "retries");
            Checks.inRange(idleConnections, 0, 1_000_000, "idleConnections");
            Checks.notNegative(keepAliveIdle, "keepAliveIdle");
        }

        /** Of connections alone. */
        public Limits(int connections, int pending, int idleConnections, Duration keepAliveIdle) {
            this(connections, pending, 0, 0, idleConnections, keepAliveIdle);
        }
    }

    /**
     * TLS to the endpoints (BackendTLSPolicy).
     *
     * @param caCertificates PEM; absent: the system's roots
     * @param subjectNames accepted subject alternative names; empty: the server name
     * @param clientCertificate certificate id that we show
     */
    public record UpstreamTls(
            String serverName,
            Optional<String> caCertificates,
            List<String> subjectNames,
            Optional<String> clientCertificate) {
        public UpstreamTls {
            Checks.notBlank(serverName, "serverName");
            subjectNames = List.copyOf(subjectNames);
        }
    }
}
