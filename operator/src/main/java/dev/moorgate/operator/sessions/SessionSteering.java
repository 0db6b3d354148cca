package dev.moorgate.operator.sessions;

import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Limits;
import dev.moorgate.operator.crd.StickyPolicySpec.OnDraining;
import dev.moorgate.operator.crd.StickyPolicySpec.RebalanceMode;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.crd.StickyPolicyStatus.Draining;
import dev.moorgate.operator.crd.StickyPolicyStatus.LastRebalance;
import dev.moorgate.operator.crd.StickyPolicyStatus.Rebalance;
import dev.moorgate.operator.crd.StickyPolicyStatus.Share;
import dev.moorgate.operator.crd.StickyPolicyStatus.Steering;
import dev.moorgate.operator.sessions.SessionSummary.SeatCount;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the leader tells all replicas of a policy's sessions, after each survey: endpoints that are full, and sessions that move to
 * even the load. A rebalance begins when an endpoint that was there a survey ago, so that every replica knows it, has clearly fewer
 * sessions than the mean; it ends when everybody who is about has come, and then its outcome is told. One thread.
 */
final class SessionSteering {
    /** A full endpoint takes sessions again when it has this share of its limit, in percent. */
    private static final long ROOM_AGAIN = 90;

    /** Fewer sessions an endpoint tell nothing of how they are spread. */
    private static final long ENOUGH = 10;
    /** In percent of the mean: from here on an endpoint has clearly fewer. */
    private static final long CLEARLY_FEWER = 80;

    private static final int PERMYRIAD = 10_000;
    /** As many as a status may hold. */
    private static final int MOST_SESSIONS = 64;

    private static final int MOST_ENDPOINTS = 1_000;
    private static final Duration SURVEY = Duration.ofMinutes(1);
    /** For so long a session counts after its last request, and a rebalance goes on behind its last turn. */
    private static final Duration ABOUT = Duration.ofMinutes(10);

    /** By session: who was ready at the survey before. */
    private final Map<String, Set<String>> known = new HashMap<>();

    /**
     * What a status is to say.
     *
     * @param last of a rebalance that is over now; empty: none is
     */
    record Plan(List<Steering> steering, Optional<LastRebalance> last) {
        static final Plan NOTHING = new Plan(List.of(), Optional.empty());
    }

    /** Whether a policy wants to be told anything. */
    static boolean isWanted(StickyPolicySpec spec) {
        return spec.limits() != null
                || spec.onDraining() == OnDraining.KEEP && spec.hash() == null
                || spec.rebalance() != null && spec.rebalance().mode() != RebalanceMode.PERSISTENT;
    }

    /** Forgets all sessions but these. */
    void retain(Set<String> sessions) {
        known.keySet().retainAll(sessions);
    }

    /** Once for each survey of a policy. */
    Plan plan(
            StickyPolicySpec spec,
            StickyPolicyStatus shown,
            SortedMap<String, SeatCount> seats,
            EndpointTable endpoints,
            Instant now) {
        Map<String, Steering> before = new HashMap<>();
        shown.steering().forEach(one -> before.putIfAbsent(one.session(), one));
        List<Steering> steering = new ArrayList<>();
        Optional<LastRebalance> last = Optional.empty();
        for (Map.Entry<String, SeatCount> seat : seats.entrySet()) {
            Steering told = before.getOrDefault(seat.getKey(), new Steering(seat.getKey(), List.of(), null, List.of()));
            List<SortedMap<String, Long>> upstreams = upstreams(seat.getKey(), seat.getValue(), endpoints);
            Rebalance current = told.rebalance();
            if (current != null && isOver(spec, current, now)) {
                last = Optional.of(outcome(current, seat.getValue(), upstreams, now));
            }
            Steering next = new Steering(
                    seat.getKey(),
                    full(spec.limits(), told.full(), upstreams),
                    rebalance(spec, current, seat.getKey(), upstreams, now),
                    draining(spec, told.draining(), seat.getValue(), endpoints, now));
            if (!next.full().isEmpty()
                    || next.rebalance() != null
                    || !next.draining().isEmpty()) {
                steering.add(next);
            }
        }
        return new Plan(steering.subList(0, Math.min(steering.size(), MOST_SESSIONS)), last);
    }

    /**
     * Since when endpoints drain: told of those that are not gone within a survey, as most pods are. Replicas count for themselves until
     * then; one that begins later would count from its own beginning.
     */
    private static List<Draining> draining(
            StickyPolicySpec spec, List<Draining> told, SeatCount count, EndpointTable endpoints, Instant now) {
        if (spec.onDraining() != OnDraining.KEEP) {
            return List.of();
        }
        SortedMap<String, String> since = new TreeMap<>();
        count.draining().forEach((endpoint, seconds) -> {
            Instant begun = Instant.ofEpochSecond(seconds);
            if (!begun.plus(SURVEY).isAfter(now)) {
                since.put(endpoint, begun.toString());
            }
        });
        told.forEach(one -> since.put(one.endpoint(), one.since()));
        Set<String> draining = new HashSet<>();
        endpoints
                .upstreams()
                .forEach(upstream -> upstream.endpoints().stream()
                        .filter(endpoint -> endpoint.state() == Endpoint.State.DRAINING)
                        .forEach(endpoint -> draining.add(endpoint.key())));
        return since.entrySet().stream()
                .filter(entry -> draining.contains(entry.getKey()))
                .limit(MOST_ENDPOINTS)
                .map(entry -> new Draining(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** The counts of the ready endpoints of each upstream that a session is for: its id is the policy's, a colon, their names. */
    private static List<SortedMap<String, Long>> upstreams(String session, SeatCount count, EndpointTable endpoints) {
        List<String> names = List.of(session.substring(session.indexOf(':') + 1).split("\\+", -1));
        List<SortedMap<String, Long>> upstreams = new ArrayList<>();
        for (EndpointTable.UpstreamEndpoints upstream : endpoints.upstreams()) {
            if (names.contains(upstream.upstream())) {
                SortedMap<String, Long> counts = new TreeMap<>();
                upstream.endpoints().stream()
                        .filter(endpoint -> endpoint.state() == Endpoint.State.READY)
                        .forEach(endpoint ->
                                counts.put(endpoint.key(), count.moored().getOrDefault(endpoint.key(), 0L)));
                upstreams.add(counts);
            }
        }
        return upstreams;
    }

    private static List<String> full(
            @Nullable Limits limits, List<String> before, List<SortedMap<String, Long>> upstreams) {
        if (limits == null) {
            return List.of();
        }
        Set<String> full = new TreeSet<>();
        for (SortedMap<String, Long> counts : upstreams) {
            long total = sum(counts);
            counts.forEach((endpoint, sessions) -> {
                long percent = before.contains(endpoint) ? ROOM_AGAIN : 100;
                Integer cap = limits.maxSessionsPerEndpoint();
                Double skew = limits.maxSkew();
                boolean isSkewed = skew != null
                        && total >= ENOUGH * counts.size()
                        && sessions * counts.size() * 100.0 >= skew * total * percent;
                if (cap != null && sessions * 100 >= cap * percent || isSkewed) {
                    full.add(endpoint);
                }
            });
        }
        return full.stream().limit(MOST_ENDPOINTS).toList();
    }

    private @Nullable Rebalance rebalance(
            StickyPolicySpec spec,
            @Nullable Rebalance current,
            String session,
            List<SortedMap<String, Long>> upstreams,
            Instant now) {
        Set<String> ready = new HashSet<>();
        upstreams.forEach(counts -> ready.addAll(counts.keySet()));
        Set<String> before = Objects.requireNonNullElse(known.put(session, ready), Set.of());
        StickyPolicySpec.Rebalance rule = spec.rebalance();
        if (rule == null || rule.mode() == RebalanceMode.PERSISTENT) {
            return null;
        }
        if (current != null && !isOver(spec, current, now)) {
            return current;
        }
        List<Share> shares = new ArrayList<>();
        upstreams.forEach(counts -> shares.addAll(shares(counts, before)));
        return shares.isEmpty()
                ? null
                : new Rebalance(now.truncatedTo(ChronoUnit.SECONDS).toString(), shares, skew(upstreams));
    }

    /** What lifts those with clearly fewer sessions to the mean, taken from all others alike. */
    private static List<Share> shares(SortedMap<String, Long> counts, Set<String> before) {
        long total = sum(counts);
        long mean = counts.isEmpty() ? 0 : total / counts.size();
        if (mean < ENOUGH) {
            return List.of();
        }
        Map<String, Long> missing = new TreeMap<>();
        long theirs = 0;
        for (Map.Entry<String, Long> one : counts.entrySet()) {
            // Fewer by chance is a matter of the root of the mean.
            boolean isFew =
                    one.getValue() * 100 < mean * CLEARLY_FEWER && mean - one.getValue() > 2 * Math.sqrt((double) mean);
            if (isFew && before.contains(one.getKey())) {
                missing.put(one.getKey(), mean - one.getValue());
                theirs += one.getValue();
            }
        }
        long others = total - theirs;
        List<Share> shares = new ArrayList<>();
        missing.forEach((endpoint, sessions) -> {
            int permyriad = others == 0 ? 0 : (int) (sessions * PERMYRIAD / others);
            if (permyriad > 0) {
                shares.add(new Share(endpoint, permyriad));
            }
        });
        return shares.subList(0, Math.min(shares.size(), MOST_ENDPOINTS));
    }

    private static boolean isOver(StickyPolicySpec spec, Rebalance current, Instant now) {
        StickyPolicySpec.Rebalance rule = spec.rebalance();
        if (rule == null || rule.mode() == RebalanceMode.PERSISTENT) {
            return true;
        }
        long moving = current.shares().stream().mapToLong(Share::permyriad).sum();
        int percent = Objects.requireNonNullElse(rule.maxMovePercentPerMinute(), 0);
        Duration turns = percent == 0 ? Duration.ZERO : Duration.ofSeconds(moving * 60 / (percent * 100L));
        try {
            return !now.isBefore(Instant.parse(current.since()).plus(turns).plus(about(rule)));
        } catch (DateTimeException e) {
            return true;
        }
    }

    private static Duration about(StickyPolicySpec.Rebalance rule) {
        Duration idle =
                rule.minIdle() != null && GatewayDuration.parse(rule.minIdle()) instanceof GatewayDuration.Valid valid
                        ? valid.value()
                        : Duration.ZERO;
        return ABOUT.plus(idle);
    }

    private static LastRebalance outcome(
            Rebalance over, SeatCount count, List<SortedMap<String, Long>> upstreams, Instant now) {
        boolean isCounted = String.valueOf(over.since())
                .equals(Instant.ofEpochSecond(count.rebalance()).toString());
        return new LastRebalance(
                now.truncatedTo(ChronoUnit.SECONDS).toString(),
                isCounted ? count.rebalanced() : 0L,
                over.skewBefore(),
                skew(upstreams));
    }

    /** The worst of all upstreams, to a hundredth. */
    private static double skew(List<SortedMap<String, Long>> upstreams) {
        double worst = 1;
        for (SortedMap<String, Long> counts : upstreams) {
            long total = sum(counts);
            long most =
                    counts.values().stream().mapToLong(Long::longValue).max().orElse(0);
            worst = Math.max(worst, total == 0 ? 1 : (double) most * counts.size() / total);
        }
        return Math.round(worst * 100) / 100.0;
    }

    private static long sum(SortedMap<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
