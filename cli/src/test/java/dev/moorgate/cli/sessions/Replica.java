package dev.moorgate.cli.sessions;

import dev.moorgate.dataplane.balance.Attempts;
import dev.moorgate.dataplane.balance.BalanceState;
import dev.moorgate.dataplane.balance.EndpointRegistry;
import dev.moorgate.dataplane.balance.Pick;
import dev.moorgate.dataplane.balance.RouteBalancer;
import dev.moorgate.dataplane.balance.StickySessions;
import dev.moorgate.dataplane.balance.census.SessionSample;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.SessionCensus;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** How one data plane picks: all that it has but sockets. Shares nothing with other replicas. One thread. */
final class Replica {
    private final StickySessions sessions;
    private final EndpointRegistry registry;
    private final Attempts attempts = new Attempts();
    private BalanceState state = BalanceState.EMPTY;
    private Forward forward = Forward.NOWHERE;
    private RouteBalancer balancer = RouteBalancer.of(forward);

    Replica(InstantSource clock, long seed) {
        sessions = new StickySessions(clock, new Random(seed)::nextBytes);
        registry = new EndpointRegistry(() -> clock.millis() * 1_000_000);
    }

    void install(Cluster.Tables tables) {
        state = sessions.state(tables.table(), tables.endpoints(), registry, state);
        registry.retain(state.endpoints().values());
        Forward next = route(tables.table()).forward();
        if (!next.equals(forward)) {
            forward = next;
            balancer = RouteBalancer.of(next);
        }
    }

    private static Route route(RouteTable table) {
        List<Route> routes = table.listeners().stream()
                .flatMap(listener -> listener.virtualHosts().stream())
                .flatMap(host -> host.routes().stream())
                .toList();
        if (routes.size() != 1) {
            throw new IllegalStateException("the script has one route, not " + routes);
        }
        return routes.getFirst();
    }

    /** What the operator beside it is told of sessions. */
    SessionCensus census() {
        List<SessionCensus.Sessions> all = new ArrayList<>();
        sessions.census().samples().forEach((id, sample) -> {
            SessionSample.State sampled = sample.state(sessions.now());
            SortedMap<String, List<SessionCensus.Seen>> places = new TreeMap<>();
            sampled.sessions()
                    .forEach(one -> places.computeIfAbsent(one.endpoint(), absent -> new ArrayList<>())
                            .add(new SessionCensus.Seen(one.session(), Math.toIntExact(one.idleSeconds()))));
            all.add(new SessionCensus.Sessions(
                    id,
                    sampled.halvings(),
                    List.of(),
                    places.entrySet().stream()
                            .map(place -> new SessionCensus.Moored(place.getKey(), place.getValue()))
                            .toList(),
                    sampled.rebalance(),
                    sampled.rebalanced()));
        });
        return new SessionCensus(all);
    }

    /** Where a request goes. */
    Pick pick(RequestHead head) {
        return balancer.pick(state, attempts.begin(head, "192.0.2.1"));
    }
}
