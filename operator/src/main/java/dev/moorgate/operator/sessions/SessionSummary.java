package dev.moorgate.operator.sessions;

import dev.moorgate.operator.crd.StickyPolicyStatus.Drain;
import dev.moorgate.operator.crd.StickyPolicyStatus.EndpointSessions;
import dev.moorgate.operator.crd.StickyPolicyStatus.Sessions;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.wire.SessionCensus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one policy as its status shows them. Immutable.
 *
 * @param drain terminating endpoints that still have sessions
 * @param seats each session of the policy, by id
 */
public record SessionSummary(Sessions sessions, List<Drain> drain, SortedMap<String, SeatCount> seats) {
    /** Of a policy that keeps no sessions; was never sampled. */
    public static final SessionSummary NOTHING =
            new SessionSummary(new Sessions(null, List.of(), null, null, Map.of(), Map.of()), List.of());

    private static final int MOST_ENDPOINTS = 1_000;
    private static final String MOVED = "moved_";

    public SessionSummary {
        drain = List.copyOf(drain);
    }

    /** Without what is not shown. */
    public SessionSummary(Sessions sessions, List<Drain> drain) {
        this(sessions, drain, Collections.emptySortedMap());
    }

    /**
     * What replicas together saw of one StickySession.
     *
     * @param moored sessions of each endpoint, by key
     * @param rebalance the last rebalance that sessions moved by; 0: none
     * @param rebalanced how many did
     * @param draining since when endpoints with sessions drain, by key: what the first replica that heard of it says
     */
    public record SeatCount(
            SortedMap<String, Long> moored, long rebalance, long rebalanced, SortedMap<String, Long> draining) {
        /** No endpoint drains. */
        public SeatCount(SortedMap<String, Long> moored, long rebalance, long rebalanced) {
            this(moored, rebalance, rebalanced, Collections.emptySortedMap());
        }
    }

    /** Whether there is nothing to tell. */
    public boolean isEmpty() {
        return drain.isEmpty()
                && sessions.endpoints().isEmpty()
                && sessions.moved().isEmpty()
                && sessions.invalid().isEmpty()
                && count(sessions.begun()) + count(sessions.resumed()) == 0;
    }

    private static long count(@Nullable Long number) {
        return number == null ? 0 : number;
    }

    /**
     * Of every policy that keeps sessions by tokens, those without any among them.
     *
     * @param censuses one of each replica
     * @param at when they were taken
     */
    public static SortedMap<SourceRef, SessionSummary> of(
            List<SessionCensus> censuses, RouteTable table, EndpointTable endpoints, Instant at) {
        Map<String, Endpoint> byKey = new HashMap<>();
        endpoints.upstreams().forEach(upstream -> upstream.endpoints().forEach(one -> byKey.put(one.key(), one)));
        SortedMap<SourceRef, Tally> tallies = new TreeMap<>();
        for (StickySession session : table.sessions()) {
            if (!(session.token() instanceof Token.Hash)) {
                tallies.computeIfAbsent(session.source(), absent -> new Tally())
                        .add(session, ofOne(session.id(), censuses), byKey);
            }
        }
        SortedMap<SourceRef, SessionSummary> summaries = new TreeMap<>();
        String sampledAt = at.truncatedTo(ChronoUnit.SECONDS).toString();
        tallies.forEach((policy, tally) -> summaries.put(policy, tally.summary(sampledAt)));
        return summaries;
    }

    private static List<SessionCensus.Sessions> ofOne(String id, List<SessionCensus> censuses) {
        return censuses.stream()
                .flatMap(census -> census.sessions().stream())
                .filter(sessions -> sessions.id().equals(id))
                .toList();
    }

    /** Gathers what is said of one policy. */
    private static final class Tally {
        private final SortedMap<String, Place> places = new TreeMap<>();
        private final SortedMap<String, Long> moved = new TreeMap<>();
        private final SortedMap<String, Long> invalid = new TreeMap<>();
        private final SortedMap<String, SeatCount> seats = new TreeMap<>();
        private long begun;
        private long resumed;

        /** One endpoint, by its name. */
        private static final class Place {
            private long sessions;
            private boolean draining;
            private int idle;
            private long deadline = Long.MAX_VALUE;
        }

        /** Where a session was seen last, in whichever replica. */
        private record Seen(String endpoint, int idle) {}

        void add(StickySession session, List<SessionCensus.Sessions> replicas, Map<String, Endpoint> endpoints) {
            // Only what is in everybody's sample can be put together.
            int halvings = replicas.stream()
                    .mapToInt(SessionCensus.Sessions::halvings)
                    .max()
                    .orElse(0);
            Map<Long, Seen> latest = new HashMap<>();
            for (SessionCensus.Sessions replica : replicas) {
                replica.outcomes().forEach(outcome -> count(outcome.word(), outcome.requests()));
                replica.endpoints()
                        .forEach(moored -> moored.sessions().stream()
                                .filter(seen -> Long.numberOfTrailingZeros(seen.number()) >= halvings)
                                .forEach(seen -> latest.merge(
                                        seen.number(),
                                        new Seen(moored.endpoint(), seen.idleSeconds()),
                                        (one, other) -> one.idle() <= other.idle() ? one : other)));
            }
            SortedMap<String, Long> draining = draining(session, replicas);
            SortedMap<String, Long> moored = new TreeMap<>();
            long weight = 1L << Math.min(halvings, Long.SIZE - 2);
            for (Seen seen : latest.values()) {
                Endpoint endpoint = endpoints.get(seen.endpoint());
                if (endpoint != null) {
                    moored.merge(seen.endpoint(), weight, Long::sum);
                    Place place = places.computeIfAbsent(name(endpoint), absent -> new Place());
                    place.sessions += weight;
                    place.draining |= endpoint.state() == Endpoint.State.DRAINING;
                    place.idle = Math.max(place.idle, seen.idle());
                    place.deadline = Math.min(place.deadline, deadline(session, draining.get(seen.endpoint())));
                }
            }
            seats.put(session.id(), count(replicas, moored, draining));
        }

        /** A replica that began later heard later of it: the first one tells, or what all have been told before. */
        private static SortedMap<String, Long> draining(StickySession session, List<SessionCensus.Sessions> replicas) {
            SortedMap<String, Long> draining = new TreeMap<>();
            session.steering().drains().forEach(told -> draining.put(told.endpoint(), told.since()));
            replicas.stream()
                    .flatMap(replica -> replica.endpoints().stream())
                    .filter(moored -> moored.drainsSince() > 0)
                    .forEach(moored -> draining.merge(moored.endpoint(), moored.drainsSince(), Math::min));
            return draining;
        }

        private static long deadline(StickySession session, @Nullable Long since) {
            boolean ends = session.onDraining() == Draining.KEEP
                    && !session.drainDeadline().isZero();
            return since == null || !ends
                    ? Long.MAX_VALUE
                    : since + session.drainDeadline().toSeconds();
        }

        /** Moves by the latest rebalance that any replica knows of. */
        private static SeatCount count(
                List<SessionCensus.Sessions> replicas,
                SortedMap<String, Long> moored,
                SortedMap<String, Long> draining) {
            long rebalance = replicas.stream()
                    .mapToLong(SessionCensus.Sessions::rebalance)
                    .max()
                    .orElse(0);
            long rebalanced = replicas.stream()
                    .filter(replica -> replica.rebalance() == rebalance)
                    .mapToLong(SessionCensus.Sessions::rebalanced)
                    .sum();
            return new SeatCount(
                    Collections.unmodifiableSortedMap(moored),
                    rebalance,
                    rebalanced,
                    Collections.unmodifiableSortedMap(draining));
        }

        private static String name(Endpoint endpoint) {
            if (!endpoint.podName().isEmpty()) {
                return endpoint.podName();
            }
            String address = endpoint.address();
            return (address.contains(":") ? "[" + address + "]" : address) + ":" + endpoint.port();
        }

        private void count(String outcome, long requests) {
            if (outcome.equals("new") || outcome.equals("imported")) {
                begun += requests;
            } else if (outcome.equals("resumed") || outcome.equals("ahead")) {
                resumed += requests;
            } else if (outcome.equals("ended")) {
                return;
            } else if (outcome.startsWith(MOVED)) {
                moved.merge(outcome.substring(MOVED.length()), requests, Long::sum);
            } else {
                invalid.merge(outcome, requests, Long::sum);
            }
        }

        SessionSummary summary(String sampledAt) {
            List<EndpointSessions> endpoints = new ArrayList<>();
            List<Drain> drain = new ArrayList<>();
            places.forEach((name, place) -> {
                if (endpoints.size() < MOST_ENDPOINTS) {
                    endpoints.add(
                            new EndpointSessions(name, place.sessions, place.draining ? true : null, idle(place.idle)));
                }
                if (place.draining && drain.size() < MOST_ENDPOINTS) {
                    drain.add(new Drain(name, place.sessions, text(place.deadline)));
                }
            });
            return new SessionSummary(
                    new Sessions(
                            sampledAt,
                            endpoints,
                            begun,
                            resumed,
                            Collections.unmodifiableSortedMap(moved),
                            Collections.unmodifiableSortedMap(invalid)),
                    drain,
                    Collections.unmodifiableSortedMap(seats));
        }

        private static @Nullable String text(long deadline) {
            return deadline == Long.MAX_VALUE
                    ? null
                    : Instant.ofEpochSecond(deadline).toString();
        }

        /** {@code 3m20s}. */
        private static String idle(int seconds) {
            Duration idle = Duration.ofSeconds(seconds);
            String rest = idle.toSecondsPart() + "s";
            return idle.toMinutes() == 0 ? rest : idle.toMinutes() + "m" + (rest.equals("0s") ? "" : rest);
        }
    }
}
