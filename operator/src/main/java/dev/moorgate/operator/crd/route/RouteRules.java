package dev.moorgate.operator.crd.route;

import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.crd.route.RouteAccess.Clients;
import dev.moorgate.operator.crd.route.RouteAccess.Fault;
import dev.moorgate.operator.crd.route.RoutePolicySpec.TargetRef;
import dev.moorgate.operator.crd.route.RoutePolicySpec.Timeouts;
import dev.moorgate.operator.crd.route.RouteReplies.Compression;
import dev.moorgate.operator.crd.route.RouteReplies.Hsts;
import dev.moorgate.operator.crd.route.RouteReplies.SecurityHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a RoutePolicy's schema alone cannot say, as CEL and as Java. */
public final class RouteRules {
    public static final String EMPTY_CEL =
            "has(self.timeouts) || has(self.retry) || has(self.buffering) || has(self.bodyLimit) || has(self.compression)"
                    + " || has(self.clients) || has(self.rateLimit) || has(self.basicAuth) || has(self.errorBodies) || has(self.securityHeaders)"
                    + " || has(self.cors) || has(self.mirrors) || has(self.fault)";
    public static final String EMPTY = "says nothing: give one field beside targetRefs";
    public static final String GROUP_CEL =
            "!has(self.group) || self.group == (self.kind == 'Ingress' ? 'networking.k8s.io' : 'gateway.networking.k8s.io')";
    public static final String GROUP =
            "group is not the kind's: leave it out, or write networking.k8s.io for Ingress, gateway.networking.k8s.io for Gateway, HTTPRoute and GRPCRoute";
    public static final String CLIENTS_CEL =
            "has(self.allow) && size(self.allow) > 0 || has(self.deny) && size(self.deny) > 0";
    public static final String CLIENTS = "needs allow or deny: empty lists let everybody in";
    public static final String FAULT_CEL = "self.failOnPurpose";
    public static final String FAULT = "fails requests on purpose: say so with failOnPurpose true, or remove fault";
    public static final String FAULT_EMPTY_CEL = "has(self.delay) || has(self.abort)";
    public static final String FAULT_EMPTY = "needs delay or abort: this fault does nothing";
    public static final String ALGORITHMS_CEL =
            "!has(self.algorithms) || self.algorithms.all(a, self.algorithms.exists_one(b, b == a))";
    public static final String ALGORITHMS = "algorithms names one twice";
    public static final String CONTENT_TYPES_CEL =
            "!has(self.contentTypes) || !self.contentTypes.exists(t, t == 'text/event-stream' || t.startsWith('application/grpc'))";
    public static final String CONTENT_TYPES =
            "event streams and calls of gRPC are never compressed: leave text/event-stream and application/grpc out of contentTypes";
    public static final String PRELOAD_CEL =
            "!self.preload || self.includeSubDomains && duration(self.maxAge) >= duration('8760h')";
    public static final String PRELOAD = "preload needs includeSubDomains and a maxAge of 8760h or more";

    private static final Duration YEAR = Duration.ofDays(365);

    private RouteRules() {}

    /** What the spec breaks. */
    public static List<Violation> check(RoutePolicySpec spec) {
        Violation.Collector found = new Violation.Collector();
        boolean isEmpty = Stream.of(
                        spec.timeouts(),
                        spec.retry(),
                        spec.buffering(),
                        spec.bodyLimit(),
                        spec.compression(),
                        spec.clients(),
                        spec.rateLimit(),
                        spec.basicAuth(),
                        spec.errorBodies(),
                        spec.securityHeaders(),
                        spec.cors(),
                        spec.mirrors(),
                        spec.fault())
                .allMatch(Objects::isNull);
        found.unless(!isEmpty, "spec", EMPTY);
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef target = spec.targetRefs().get(i);
            boolean fits = target.kind() == null
                    || target.group() == null
                    || target.group().equals(target.kind().group());
            found.unless(fits, "spec.targetRefs[" + i + "].group", GROUP);
        }
        times(spec, found);
        access(spec, found);
        compression(spec.compression(), found);
        headers(spec.securityHeaders(), found);
        if (spec.cors() != null) {
            found.duration("spec.cors.maxAge", spec.cors().maxAge());
        }
        return found.list();
    }

    private static void times(RoutePolicySpec spec, Violation.Collector found) {
        Timeouts timeouts = spec.timeouts();
        if (timeouts != null) {
            found.duration("spec.timeouts.request", timeouts.request());
            found.duration("spec.timeouts.perTry", timeouts.perTry());
            found.duration("spec.timeouts.connect", timeouts.connect());
            found.duration("spec.timeouts.responseHead", timeouts.responseHead());
            found.duration("spec.timeouts.bodyIdle", timeouts.bodyIdle());
            found.duration("spec.timeouts.streamIdle", timeouts.streamIdle());
        }
        if (spec.retry() != null) {
            found.duration("spec.retry.backoff", spec.retry().backoff());
            found.duration("spec.retry.backoffLimit", spec.retry().backoffLimit());
        }
    }

    private static void access(RoutePolicySpec spec, Violation.Collector found) {
        Clients clients = spec.clients();
        if (clients != null) {
            boolean isEmpty = clients.allow().isEmpty() && clients.deny().isEmpty();
            found.unless(!isEmpty, "spec.clients", CLIENTS);
        }
        if (spec.rateLimit() != null) {
            found.positive("spec.rateLimit.per", spec.rateLimit().per());
        }
        Fault fault = spec.fault();
        if (fault != null) {
            found.unless(fault.failOnPurpose(), "spec.fault.failOnPurpose", FAULT);
            found.unless(fault.delay() != null || fault.abort() != null, "spec.fault", FAULT_EMPTY);
            if (fault.delay() != null) {
                found.positive("spec.fault.delay.duration", fault.delay().duration());
            }
        }
    }

    private static void compression(@Nullable Compression compression, Violation.Collector found) {
        if (compression != null) {
            long distinct = compression.algorithms().stream().distinct().count();
            found.unless(distinct == compression.algorithms().size(), "spec.compression", ALGORITHMS);
            boolean isLeftAlone = compression.contentTypes().stream()
                    .noneMatch(type -> type.equals("text/event-stream") || type.startsWith("application/grpc"));
            found.unless(isLeftAlone, "spec.compression", CONTENT_TYPES);
        }
    }

    private static void headers(@Nullable SecurityHeaders headers, Violation.Collector found) {
        if (headers != null && headers.hsts() != null) {
            Hsts hsts = headers.hsts();
            found.duration("spec.securityHeaders.hsts.maxAge", hsts.maxAge());
            boolean isLong = GatewayDuration.parse(hsts.maxAge()) instanceof GatewayDuration.Valid valid
                    && valid.value().compareTo(YEAR) >= 0;
            found.unless(
                    !hsts.preload() || hsts.includeSubDomains() && isLong,
                    "spec.securityHeaders.hsts.preload",
                    PRELOAD);
        }
    }
}
