package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A set of endpoints that serve the same thing: a port of a Service.
 *
 * @param name unique and stable, the label of its metrics: {@code shop/cart/8080}
 * @param session id of the StickySession of the whole Service, if any
 */
public record Upstream(
        String name,
        SourceRef source,
        Protocol protocol,
        Balancing balancing,
        Optional<String> session,
        Optional<HealthCheck> healthCheck,
        OutlierDetection outlierDetection,
        Limits limits,
        Optional<UpstreamTls> tls) {
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
        RANDOM
    }

    public Upstream {
        Checks.notBlank(name, "upstream name");
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

    /**
     * Active checks.
     *
     * @param path of HTTP checks; the service name of gRPC checks
     */
    public record HealthCheck(
            Kind kind,
            String path,
            Optional<String> host,
            List<Integer> statuses,
            Duration interval,
            Duration timeout,
            int healthyAfter,
            int unhealthyAfter) {
        /** How an endpoint is asked. */
        public enum Kind {
            HTTP,
            TCP,
            GRPC
        }

        public HealthCheck {
            statuses = List.copyOf(statuses);
            Checks.require(
                    interval.isPositive() && timeout.isPositive(), "check interval and timeout must be positive");
            Checks.inRange(healthyAfter, 1, 100, "healthyAfter");
            Checks.inRange(unhealthyAfter, 1, 100, "unhealthyAfter");
        }
    }

    /**
     * Passive ejection.
     *
     * @param consecutiveFailures connection failures and 502 to 504 in a row that eject an endpoint; 0: off
     * @param ejection first time out; grows with each further one, at most tenfold
     * @param mostEjectedPercent of the endpoints at one time
     */
    public record OutlierDetection(int consecutiveFailures, Duration ejection, int mostEjectedPercent) {
        public static final OutlierDetection STANDARD = new OutlierDetection(5, Duration.ofSeconds(30), 50);

        public OutlierDetection {
            Checks.inRange(consecutiveFailures, 0, 1_000_000, "consecutiveFailures");
            Checks.notNegative(ejection, "ejection");
            Checks.inRange(mostEjectedPercent, 0, 100, "mostEjectedPercent");
        }
    }

    /**
     * Bounds on what one process opens to the upstream.
     *
     * @param keepAliveIdle how long an unused connection is kept
     */
    public record Limits(int connections, int pending, int idleConnections, Duration keepAliveIdle) {
        public static final Limits STANDARD = new Limits(10_000, 1_024, 256, Duration.ofSeconds(60));

        public Limits {
            Checks.inRange(connections, 1, 10_000_000, "connections");
            Checks.inRange(pending, 0, 10_000_000, "pending");
            Checks.inRange(idleConnections, 0, 1_000_000, "idleConnections");
            Checks.notNegative(keepAliveIdle, "keepAliveIdle");
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
