package dev.moorgate.operator.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.publish.SessionSurvey.Survey;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;

/** Puts what the last survey found into the statuses of StickyPolicies, as often as {@link SessionPace} lets it. One thread. */
public final class SessionStatuses {
    private static final String SESSIONS = "sessions";
    private static final String DRAIN = "drain";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SessionPace pace = new SessionPace();

    /** A survey is over; names and states of endpoints are those of {@code endpoints}. */
    public void surveyed(Survey survey, RouteTable table, EndpointTable endpoints) {
        if (!survey.replicas().isEmpty() && pace.isNew(survey.at())) {
            pace.surveyed(survey.at(), SessionSummary.of(survey.replicas(), table, endpoints, survey.at()));
        }
    }

    /** Changes when there may be something new to tell. */
    public long number() {
        return pace.number();
    }

    /** Adds to {@code wanted} what the status is to say of sessions; nothing where it says enough. */
    public void add(SourceRef policy, JsonNode existing, ObjectNode wanted) {
        StickyPolicyStatus shown = JSON.convertValue(existing, StickyPolicyStatus.class);
        pace.tell(policy, shown.sessions(), shown.drain()).ifPresent(summary -> show(summary, wanted));
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
