package dev.moorgate.dataplane;

import dev.moorgate.dataplane.balance.EndpointRegistry;
import dev.moorgate.dataplane.balance.StickySessions;
import dev.moorgate.dataplane.balance.census.SessionSample;
import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.observe.SessionWindow;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.SessionCensus.Moored;
import dev.moorgate.routetable.wire.SessionCensus.Outcome;
import dev.moorgate.routetable.wire.SessionCensus.Seen;
import dev.moorgate.routetable.wire.SessionCensus.Sessions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Puts together what balancing has seen of sticky sessions and what requests counted. Any thread. */
final class CensusTaker implements MetricSource {
    private final StickySessions sessions;
    private final EndpointRegistry endpoints;
    private final SessionWindow outcomes;

    CensusTaker(StickySessions sessions, EndpointRegistry endpoints, ProxyMetrics metrics) {
        this.sessions = sessions;
        this.endpoints = endpoints;
        this.outcomes = new SessionWindow(metrics::sessions, sessions::now);
    }

    SessionCensus take() {
        SortedMap<String, SortedMap<String, Long>> lately = outcomes.lately();
        Map<String, Long> draining = endpoints.draining();
        List<Sessions> all = new ArrayList<>();
        sessions.census().samples().forEach((id, sample) -> {
            SessionSample.State state = sample.state(sessions.now());
            List<Outcome> counts = lately.getOrDefault(id, Collections.emptySortedMap()).entrySet().stream()
                    .filter(count -> count.getValue() > 0)
                    .map(count -> new Outcome(count.getKey(), count.getValue()))
                    .toList();
            if (!counts.isEmpty() || !state.sessions().isEmpty()) {
                all.add(new Sessions(
                        id, state.halvings(), counts, moored(state, draining), state.rebalance(), state.rebalanced()));
            }
        });
        return new SessionCensus(all);
    }

    private List<Moored> moored(SessionSample.State state, Map<String, Long> draining) {
        long now = sessions.now();
        SortedMap<String, List<Seen>> byEndpoint = new TreeMap<>();
        for (SessionSample.Moored one : state.sessions()) {
            byEndpoint
                    .computeIfAbsent(one.endpoint(), absent -> new ArrayList<>())
                    .add(new Seen(one.session(), Math.toIntExact(one.idleSeconds())));
        }
        return byEndpoint.entrySet().stream()
                .map(entry -> {
                    Long seconds = draining.get(entry.getKey());
                    return new Moored(entry.getKey(), entry.getValue(), seconds == null ? 0 : now - seconds);
                })
                .toList();
    }

    @Override
    public void collect(MetricSheet sheet) {
        sessions.census().samples().forEach((id, sample) -> {
            SessionSample.State state = sample.state(sessions.now());
            if (!state.sessions().isEmpty()) {
                sheet.gauge(
                        "moorgate_sessions_active",
                        "Sticky sessions with a request in the last ten minutes; an estimate beyond a few hundred.",
                        (long) state.sessions().size() << state.halvings(),
                        "policy",
                        id);
            }
            if (sample.overLimit() > 0) {
                sheet.counter(
                        "moorgate_sessions_over_limit",
                        "Sticky sessions that began though every endpoint had as many as it may have.",
                        sample.overLimit(),
                        "policy",
                        id);
            }
        });
    }
}
