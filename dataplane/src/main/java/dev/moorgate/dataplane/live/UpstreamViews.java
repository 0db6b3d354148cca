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
                        .map(candidate -> view(candidate, health(candidate, nanoTime)))
                        .toList());
    }

    private static EndpointView view(Candidate candidate, Health health) {
        var endpoint = candidate.endpoint();
        String host = endpoint.address();
        String address = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + endpoint.port();
        String detail = switch (health) {
            case READY -> "";
            case DRAINING -> "the pod terminates";
            case UNHEALTHY -> "its checks fail";
            case EJECTED -> "too many failures in a row";
        };
        int active = candidate.state().inFlight();
        return new EndpointView(endpoint.key(), address, endpoint.zone(), health, active, active, detail);
    }

    private static Health health(Candidate candidate, long nanoTime) {
        if (candidate.state().hasFailedCheck()) {
            return Health.UNHEALTHY;
        }
        if (candidate.isDraining()) {
            return Health.DRAINING;
        }
        return candidate.state().isEjected(nanoTime) ? Health.EJECTED : Health.READY;
    }
}
