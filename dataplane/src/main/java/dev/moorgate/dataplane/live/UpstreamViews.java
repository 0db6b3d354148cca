package dev.moorgate.dataplane.live;

import dev.moorgate.dataplane.balance.Candidate;
import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.observe.UpstreamView;
import dev.moorgate.dataplane.observe.UpstreamView.EndpointView;
import dev.moorgate.dataplane.observe.UpstreamView.Health;
import java.util.Comparator;
import java.util.List;

/** The upstreams in force as people and metrics see them. */
public final class UpstreamViews {
    private UpstreamViews() {}

    /** Sorted by name. */
    public static List<UpstreamView> of(LiveTable live, long nanoTime) {
        return live.endpoints().values().stream()
                .map(set -> view(set, nanoTime))
                .sorted(Comparator.comparing(UpstreamView::name))
                .toList();
    }

    private static UpstreamView view(EndpointSet set, long nanoTime) {
        return new UpstreamView(
                set.upstream().name(),
                set.all().stream()
                        .map(candidate -> view(candidate, health(candidate, nanoTime), nanoTime))
                        .toList());
    }

    private static EndpointView view(Candidate candidate, Health health, long nanoTime) {
        var endpoint = candidate.endpoint();
        String host = endpoint.address();
        String address = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + endpoint.port();
        var state = candidate.state();
        String detail = switch (health) {
            case READY -> "";
            case WARMING -> "gets " + state.sharePercent(nanoTime) + " % of its share";
            case DRAINING -> "the pod terminates";
            case UNHEALTHY -> state.why().isEmpty() ? "its checks fail" : "its checks fail: " + state.why();
            case EJECTED ->
                state.why() + ", for " + state.outFor(nanoTime).plusMillis(999).toSeconds() + " s more";
        };
        int active = candidate.state().inFlight();
        return new EndpointView(endpoint.key(), address, endpoint.zone(), health, active, active, detail);
    }

    private static Health health(Candidate candidate, long nanoTime) {
        if (candidate.state().isCheckFailed()) {
            return Health.UNHEALTHY;
        }
        if (candidate.isDraining()) {
            return Health.DRAINING;
        }
        if (candidate.state().isEjected(nanoTime)) {
            return Health.EJECTED;
        }
        return candidate.state().sharePercent(nanoTime) < 100 ? Health.WARMING : Health.READY;
    }
}
