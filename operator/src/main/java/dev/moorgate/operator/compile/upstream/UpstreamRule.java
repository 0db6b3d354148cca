package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.upstream.HealthCheck;
import dev.moorgate.operator.crd.upstream.OutlierDetection;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.Algorithm;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.Balancing;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.CircuitBreaker;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.Zones;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Protocol;
import dev.moorgate.routetable.Upstream.SlowStart;
import dev.moorgate.routetable.Upstream.SuccessRate;
import dev.moorgate.routetable.Upstream.ZonePreference;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one valid policy makes of an upstream. */
record UpstreamRule(SourceRef source, UpstreamPolicySpec spec) {

    /** Refuses, with a sentence, what no table could hold. */
    static Upstream trial(UpstreamPolicySpec spec) {
        SourceRef nobody = SourceRef.of("UpstreamPolicy", "", "trial");
        return new UpstreamRule(nobody, spec).apply(Upstream.http("trial", nobody), true);
    }

    /** What the policy says of it; its protocol holds where the port {@code isSilent}. */
    Upstream apply(Upstream upstream, boolean isSilent) {
        Balancing balancing = balancing();
        Protocol protocol = spec.protocol() == null || !isSilent
                ? upstream.protocol()
                : Protocol.valueOf(spec.protocol().name());
        return new Upstream(
                upstream.name(),
                upstream.source(),
                protocol,
                Upstream.Balancing.valueOf(balancing.algorithm().name()),
                upstream.session(),
                Optional.ofNullable(spec.healthCheck()).map(UpstreamRule::check),
                outliers(),
                Optional.ofNullable(balancing.slowStart())
                        .map(slow -> new SlowStart(duration(slow.window()), slow.leastPercent())),
                zones(balancing),
                limits(breaker()),
                upstream.tls(),
                Optional.of(source));
    }

    private Balancing balancing() {
        return Objects.requireNonNullElseGet(
                spec.balancing(), () -> new Balancing(Algorithm.ROUND_ROBIN, Zones.HINTS, null));
    }

    private static ZonePreference zones(Balancing balancing) {
        return switch (balancing.zones()) {
            case HINTS -> ZonePreference.HINTS;
            case SAME_ZONE -> ZonePreference.SAME_ZONE;
            case ANY -> ZonePreference.NONE;
        };
    }

    private static Upstream.HealthCheck check(HealthCheck check) {
        HealthCheck.Http http = check.http();
        boolean isHttp = check.type() == HealthCheck.Type.HTTP;
        return new Upstream.HealthCheck(
                Upstream.HealthCheck.Kind.valueOf(check.type().name()),
                path(check),
                Optional.ofNullable(http).map(HealthCheck.Http::host),
                http == null
                        ? List.of()
                        : http.statuses().stream().sorted().distinct().toList(),
                isHttp && http != null ? Objects.requireNonNullElse(http.bodyContains(), "") : "",
                duration(check.interval()),
                duration(check.timeout()),
                check.healthyAfter(),
                check.unhealthyAfter(),
                check.failOpen());
    }

    private static String path(HealthCheck check) {
        return switch (check.type()) {
            case HTTP -> check.http() == null ? "/" : check.http().path();
            case GRPC ->
                check.grpc() == null
                        ? ""
                        : Objects.requireNonNullElse(check.grpc().service(), "");
            case TCP -> "";
        };
    }

    private Upstream.OutlierDetection outliers() {
        OutlierDetection outliers = spec.outlierDetection();
        if (outliers == null) {
            return Upstream.OutlierDetection.STANDARD;
        }
        return new Upstream.OutlierDetection(
                outliers.consecutiveErrors(),
                outliers.consecutiveFailures(),
                outliers.consecutiveLocalFailures(),
                duration(outliers.ejection()),
                duration(outliers.longestEjection()),
                outliers.mostEjectedPercent(),
                outliers.panicPercent(),
                Optional.ofNullable(outliers.successRate())
                        .map(rate -> new SuccessRate(
                                duration(rate.interval()),
                                rate.leastEndpoints(),
                                rate.leastRequests(),
                                rate.factorPercent())));
    }

    private @Nullable CircuitBreaker breaker() {
        return spec.circuitBreaker();
    }

    private static Upstream.Limits limits(@Nullable CircuitBreaker breaker) {
        return breaker == null
                ? Upstream.Limits.STANDARD
                : new Upstream.Limits(
                        breaker.connections(),
                        breaker.pending(),
                        Objects.requireNonNullElse(breaker.requests(), 0),
                        Objects.requireNonNullElse(breaker.retries(), 0),
                        breaker.idleConnections(),
                        duration(breaker.keepAliveIdle()));
    }

    private static Duration duration(String text) {
        return switch (GatewayDuration.parse(text)) {
            case GatewayDuration.Valid valid -> valid.value();
            case GatewayDuration.Invalid invalid -> throw new IllegalArgumentException(invalid.sentence());
        };
    }

    // ------------------------------------------------------------------ for the status

    /** What is in force after defaults, by field, in words. */
    Map<String, String> effective() {
        Upstream made = apply(Upstream.http("shown", source), true);
        Map<String, String> shown = new TreeMap<>();
        Balancing balancing = balancing();
        shown.put("balancing", word(balancing.algorithm().name()));
        shown.put("zones", word(balancing.zones().name()));
        shown.put(
                "slowStart",
                made.slowStart()
                        .map(slow -> text(slow.window()) + " from " + slow.leastPercent() + "%")
                        .orElse("none"));
        shown.put("healthCheck", made.healthCheck().map(UpstreamRule::text).orElse("none"));
        shown.put("outlierDetection", text(made.outlierDetection()));
        Upstream.Limits limits = made.limits();
        shown.put(
                "circuitBreaker",
                limits.connections() + " connections, " + limits.pending() + " pending, " + bound(limits.requests())
                        + " requests, " + bound(limits.retries()) + " retries");
        return shown;
    }

    private static String text(Upstream.HealthCheck check) {
        return check.kind() + (check.path().isEmpty() ? "" : " " + check.path()) + " every " + text(check.interval())
                + ", down after " + check.unhealthyAfter() + ", up after " + check.healthyAfter()
                + (check.failsOpen() ? ", fails open" : "");
    }

    private static String text(Upstream.OutlierDetection outliers) {
        return outliers.consecutiveErrors() + "/" + outliers.consecutiveFailures() + "/"
                + outliers.consecutiveLocalFailures() + " errors/failures/local in a row, "
                + (outliers.successRate().isPresent() ? "success rate, " : "") + text(outliers.ejection()) + " to "
                + text(outliers.longestEjection()) + ", at most " + outliers.mostEjectedPercent() + "%, panic below "
                + outliers.panicPercent() + "%";
    }

    private static String bound(int limit) {
        return limit == 0 ? "any" : String.valueOf(limit);
    }

    private static String text(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    /** {@code LEAST_TIME} as {@code LeastTime}. */
    private static String word(String constant) {
        var word = new StringBuilder();
        for (String part : constant.split("_", -1)) {
            word.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
        }
        return word.toString();
    }
}
