package dev.moorgate.operator.sessions;

import dev.moorgate.operator.release.TestKeys;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.SessionCensus.Moored;
import dev.moorgate.routetable.wire.SessionCensus.Outcome;
import dev.moorgate.routetable.wire.SessionCensus.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A table with one policy, its endpoints, and what replicas say of it. */
final class Fleet {
    static final SourceRef CART = SourceRef.of("StickyPolicy", "shop", "cart");
    static final String UPSTREAM = "shop/cart/80";
    static final String ID = "uid:" + UPSTREAM;

    private Fleet() {}

    static RouteTable table(SourceRef... policies) {
        List<StickySession> sessions = new ArrayList<>();
        for (SourceRef policy : policies) {
            sessions.add(session(policy.equals(CART) ? ID : policy.name(), policy));
        }
        sessions.sort((one, other) -> one.id().compareTo(other.id()));
        return new RouteTable(
                ProxySettings.STANDARD,
                List.of(),
                List.of(Upstream.http(UPSTREAM, SourceRef.of("Service", "shop", "cart"))),
                sessions,
                List.of(),
                List.of(TestKeys.fresh().ring()));
    }

    private static StickySession session(String id, SourceRef policy) {
        return new StickySession(
                id,
                policy,
                new Token.Cookie(
                        "moor",
                        "/",
                        Optional.empty(),
                        StickySession.Secure.AUTO,
                        true,
                        StickySession.SameSite.LAX,
                        false,
                        Optional.empty()),
                StickySession.Binding.POD_UID,
                "moorgate",
                Optional.empty(),
                Optional.empty(),
                StickySession.Unhealthy.REBALANCE,
                Duration.ZERO,
                StickySession.Draining.KEEP,
                StickySession.EmptyPool.FAIL,
                StickySession.ZeroWeight.NO_NEW_SESSIONS,
                false,
                true);
    }

    static Endpoint endpoint(String pod, Endpoint.State state) {
        return new Endpoint(
                pod + "-uid/8080", pod, Optional.of("10.0.0.1"), Optional.empty(), 8080, Optional.empty(), state);
    }

    static EndpointTable endpoints(Endpoint... endpoints) {
        return new EndpointTable(List.of(new UpstreamEndpoints(UPSTREAM, List.of(endpoints))));
    }

    /** What one replica tells. */
    static final class Replica {
        private final SortedMap<String, List<Seen>> places = new TreeMap<>();
        private final List<Outcome> outcomes = new ArrayList<>();
        private final Map<String, Long> draining = new HashMap<>();
        private int halvings;

        Replica halved(int times) {
            halvings = times;
            return this;
        }

        Replica saw(String pod, long session, int idle) {
            places.computeIfAbsent(pod + "-uid/8080", absent -> new ArrayList<>())
                    .add(new Seen(session, idle));
            return this;
        }

        Replica sawDraining(String pod, Instant since) {
            draining.put(pod + "-uid/8080", since.getEpochSecond());
            return this;
        }

        Replica counted(String outcome, long requests) {
            outcomes.add(new Outcome(outcome, requests));
            return this;
        }

        SessionCensus of(String id) {
            return new SessionCensus(List.of(new SessionCensus.Sessions(
                    id,
                    halvings,
                    outcomes,
                    places.entrySet().stream()
                            .map(place -> new Moored(
                                    place.getKey(), place.getValue(), draining.getOrDefault(place.getKey(), 0L)))
                            .toList())));
        }
    }
}
