package dev.moorgate.operator.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.publish.SessionSurvey.Survey;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts what the last survey found into the statuses of StickyPolicies, as often as {@link SessionPace} lets it. One thread. */
public final class SessionStatuses {
    private static final String SESSIONS = "sessions";
    private static final String DRAIN = "drain";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String STEERING = "steering";
    private static final String LAST_REBALANCE = "lastRebalance";

    private final SessionPace pace = new SessionPace();
    private final SessionSteering steering = new SessionSteering();
    private final Map<SourceRef, SessionSteering.Plan> plans = new HashMap<>();
    private SortedMap<SourceRef, SessionSummary> summaries = Collections.emptySortedMap();
    private EndpointTable endpoints = EndpointTable.EMPTY;
    private Instant at = Instant.MIN;

    /** A survey is over; names and states of endpoints are those of {@code now}. */
    public void surveyed(Survey survey, RouteTable table, EndpointTable now) {
        if (!survey.replicas().isEmpty() && pace.isNew(survey.at())) {
            at = survey.at();
            endpoints = now;
            summaries = SessionSummary.of(survey.replicas(), table, now, survey.at());
            pace.surveyed(survey.at(), summaries);
            plans.clear();
            steering.retain(summaries.values().stream()
                    .flatMap(summary -> summary.seats().keySet().stream())
                    .collect(Collectors.toSet()));
        }
    }

    /** Changes when there may be something new to tell. */
    public long number() {
        return pace.number();
    }

    /** Adds to {@code wanted} what the status is to say of sessions; nothing where it says enough. */
    public void add(SourceRef policy, @Nullable StickyPolicySpec spec, JsonNode existing, ObjectNode wanted) {
        StickyPolicyStatus shown = JSON.convertValue(existing, StickyPolicyStatus.class);
        pace.tell(policy, shown.sessions(), shown.drain()).ifPresent(summary -> show(summary, wanted));
        SessionSummary summary = summaries.get(policy);
        if (spec == null || !SessionSteering.isWanted(spec)) {
            if (!shown.steering().isEmpty()) {
                wanted.putNull(STEERING);
            }
            return;
        }
        if (summary == null) {
            // Nothing is known yet, as of who led before us: what was told stands.
            return;
        }
        SessionSteering.Plan plan =
                plans.computeIfAbsent(policy, absent -> steering.plan(spec, shown, summary.seats(), endpoints, at));
        if (plan.steering().isEmpty()) {
            if (!shown.steering().isEmpty()) {
                wanted.putNull(STEERING);
            }
        } else {
            wanted.set(STEERING, JSON.valueToTree(plan.steering()));
        }
        plan.last().ifPresent(last -> wanted.set(LAST_REBALANCE, JSON.valueToTree(last)));
    }

    private static void show(SessionSummary summary, ObjectNode wanted) {
        if (summary.equals(SessionSummary.NOTHING)) {
            wanted.putNull(SESSIONS);
            wanted.putNull(DRAIN);
            return;
        }
        wanted.set(SESSIONS, JSON.valueToTree(summary.sessions()));
        if (summary.drain().isEmpty()) {
            wanted.putNull(DRAIN);
        } else {
            wanted.set(DRAIN, JSON.valueToTree(summary.drain()));
        }
    }
}
