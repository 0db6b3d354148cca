package dev.moorgate.operator.sessions;

import dev.moorgate.operator.crd.StickyPolicyStatus.Drain;
import dev.moorgate.operator.crd.StickyPolicyStatus.EndpointSessions;
import dev.moorgate.operator.crd.StickyPolicyStatus.Sessions;
import dev.moorgate.routetable.SourceRef;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets statuses show the sessions without a storm of writes (fault I15): a number is told anew when it differs by a tenth, a policy
 * once a survey, and of many policies only so many a survey, each in its turn. One thread.
 */
final class SessionPace {
    private static final int MOST_A_SURVEY = 60;
    private static final int TENTH = 10;

    private Instant surveyed = Instant.MIN;
    private long number;
    private SortedMap<SourceRef, SessionSummary> fresh = new TreeMap<>();

    /** Whether the survey of this moment has not been told of. */
    boolean isNew(Instant at) {
        return !at.equals(surveyed);
    }

    /** A survey is over. */
    void surveyed(Instant at, SortedMap<SourceRef, SessionSummary> summaries) {
        surveyed = at;
        number++;
        fresh = new TreeMap<>(summaries);
    }

    /** Changes with each survey. */
    long number() {
        return number;
    }

    /**
     * What the policy's status is to show: what it shows already, unless there is something to tell. Empty: leave it as it is.
     *
     * @param shown as it stands in the status; null: nothing
     */
    Optional<SessionSummary> tell(SourceRef policy, @Nullable Sessions shown, List<Drain> drain) {
        if (number == 0 || !isInTurn(policy)) {
            return Optional.empty();
        }
        SessionSummary next = fresh.get(policy);
        if (next == null) {
            // It keeps no sessions any more.
            return shown == null ? Optional.empty() : Optional.of(SessionSummary.NOTHING);
        }
        if (shown == null) {
            return next.isEmpty() ? Optional.empty() : Optional.of(next);
        }
        return differs(shown, next.sessions()) || drains(drain, next.drain()) ? Optional.of(next) : Optional.empty();
    }

    private boolean isInTurn(SourceRef policy) {
        int turns = Math.ceilDiv(Math.max(1, fresh.size()), MOST_A_SURVEY);
        return Math.floorMod(policy.hashCode() + number, turns) == 0;
    }

    private static boolean differs(Sessions shown, Sessions next) {
        return differs(shown.begun(), next.begun())
                || differs(shown.resumed(), next.resumed())
                || differ(shown.moved(), next.moved())
                || differ(shown.invalid(), next.invalid())
                || differ(counts(shown), counts(next))
                || !draining(shown).equals(draining(next));
    }

    private static Map<String, Long> counts(Sessions sessions) {
        return sessions.endpoints().stream()
                .collect(Collectors.toMap(
                        EndpointSessions::name,
                        one -> Objects.requireNonNullElse(one.approximate(), 0L),
                        Long::sum,
                        TreeMap::new));
    }

    private static Set<String> draining(Sessions sessions) {
        return sessions.endpoints().stream()
                .filter(one -> Boolean.TRUE.equals(one.draining()))
                .map(EndpointSessions::name)
                .collect(Collectors.toSet());
    }

    private static boolean drains(List<Drain> shown, List<Drain> next) {
        return differ(left(shown), left(next)) || !deadlines(shown).equals(deadlines(next));
    }

    private static Map<String, String> deadlines(List<Drain> drain) {
        return drain.stream()
                .filter(one -> one.deadline() != null)
                .collect(Collectors.toMap(
                        Drain::endpoint, one -> String.valueOf(one.deadline()), (one, other) -> one, TreeMap::new));
    }

    private static Map<String, Long> left(List<Drain> drain) {
        return drain.stream()
                .collect(Collectors.toMap(
                        Drain::endpoint,
                        one -> Objects.requireNonNullElse(one.sessionsLeft(), 0L),
                        Long::sum,
                        TreeMap::new));
    }

    private static boolean differ(Map<String, Long> shown, Map<String, Long> next) {
        Set<String> names = new HashSet<>(shown.keySet());
        names.addAll(next.keySet());
        return names.stream().anyMatch(name -> differs(shown.get(name), next.get(name)));
    }

    private static boolean differs(@Nullable Long shown, @Nullable Long next) {
        long before = Objects.requireNonNullElse(shown, 0L);
        long now = Objects.requireNonNullElse(next, 0L);
        return before != now && Math.abs(now - before) * TENTH > before;
    }
}
