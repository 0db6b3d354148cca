package dev.moorgate.operator.crd.upstream;

import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.crd.upstream.OutlierDetection.SuccessRate;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.Balancing;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.TargetRef;
import java.time.Duration;
import java.util.List;

/**
 * What an UpstreamPolicy's schema alone cannot say: each rule once as CEL for the API server, once as Java for manifests that no API
 * server has seen, with one sentence for both.
 */
public final class UpstreamRules {
    static final String GROUP_CEL =
            "!has(self.group) || self.group == (self.kind == 'Service' ? '' : 'multicluster.x-k8s.io')";
    static final String GROUP = "group is not the kind's: leave it out, or write \"\" for Service and"
            + " multicluster.x-k8s.io for ServiceImport";
    static final String HTTP_CEL = "!has(self.http) || self.type == 'HTTP'";
    static final String HTTP = "http belongs to type HTTP: set that type, or remove http";
    static final String GRPC_CEL = "!has(self.grpc) || self.type == 'GRPC'";
    static final String GRPC = "grpc belongs to type GRPC: set that type, or remove grpc";
    static final String EJECTION_CEL = "duration(self.longestEjection) >= duration(self.ejection)";
    static final String EJECTION = "longestEjection must not be shorter than ejection";
    static final String SECOND_CEL = "duration(self) >= duration('1s')";
    static final String SECOND = "must be 1s or longer";

    private UpstreamRules() {}

    public static List<Violation> check(UpstreamPolicySpec spec) {
        Violation.Collector found = new Violation.Collector();
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef target = spec.targetRefs().get(i);
            String group = target.group();
            found.unless(
                    group == null || group.equals(target.kind().group()), "spec.targetRefs[" + i + "].group", GROUP);
        }
        Balancing balancing = spec.balancing();
        if (balancing != null && balancing.slowStart() != null) {
            found.positive(
                    "spec.balancing.slowStart.window", balancing.slowStart().window());
        }
        HealthCheck check = spec.healthCheck();
        if (check != null) {
            found.unless(check.http() == null || check.type() == HealthCheck.Type.HTTP, "spec.healthCheck.http", HTTP);
            found.unless(check.grpc() == null || check.type() == HealthCheck.Type.GRPC, "spec.healthCheck.grpc", GRPC);
            found.positive("spec.healthCheck.interval", check.interval());
            found.positive("spec.healthCheck.timeout", check.timeout());
        }
        OutlierDetection outliers = spec.outlierDetection();
        if (outliers != null) {
            check(outliers, found);
        }
        if (spec.circuitBreaker() != null) {
            found.duration(
                    "spec.circuitBreaker.keepAliveIdle", spec.circuitBreaker().keepAliveIdle());
        }
        return found.list();
    }

    private static void check(OutlierDetection outliers, Violation.Collector found) {
        var ejection = found.positive("spec.outlierDetection.ejection", outliers.ejection());
        var longest = found.positive("spec.outlierDetection.longestEjection", outliers.longestEjection());
        if (ejection.isPresent() && longest.isPresent()) {
            found.unless(
                    longest.get().compareTo(ejection.get()) >= 0, "spec.outlierDetection.longestEjection", EJECTION);
        }
        SuccessRate rate = outliers.successRate();
        if (rate != null) {
            found.duration("spec.outlierDetection.successRate.interval", rate.interval())
                    .ifPresent(interval -> found.unless(
                            interval.compareTo(Duration.ofSeconds(1)) >= 0,
                            "spec.outlierDetection.successRate.interval",
                            SECOND));
        }
    }
}
