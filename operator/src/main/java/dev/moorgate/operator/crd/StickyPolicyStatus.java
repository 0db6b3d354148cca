package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.policy.PolicyAncestor;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What became of a StickyPolicy, and what its sessions do. */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record StickyPolicyStatus(
        @Size(max = 32) @JsonPropertyDescription("One entry for each target and controller.")
        List<PolicyAncestor> ancestors,

        @JsonPropertyDescription("Version of the route table that carries this policy.") @Nullable
        String tableVersion,

        @JsonPropertyDescription("Replicas that run this policy as it is compiled now.") @Nullable
        Integer ackedReplicas,

        @JsonPropertyDescription("Ready replicas of the release.") @Nullable
        Integer replicas,

        @JsonPropertyDescription("The keys that protect tokens; ids only.") @Nullable
        Keys keys,

        @JsonPropertyDescription("What is in force after all defaults.") @Nullable
        Effective effective,

        @JsonPropertyDescription(
                "Sessions in the last window; approximate, written at most once a minute. Metrics have exact counts.")
        @Nullable
        Sessions sessions,

        @Size(max = 1000) @JsonPropertyDescription("Terminating endpoints that still have sessions.")
        List<Drain> drain,

        @JsonPropertyDescription("The last time that sessions were moved to even the load.") @Nullable
        LastRebalance lastRebalance,

        @Size(max = 64)
        @JsonPropertyDescription(
                "What the leader tells all replicas about single endpoints, so that they do the same; they read it here.")
        List<Steering> steering) {
    public StickyPolicyStatus {
        steering = steering == null ? List.of() : List.copyOf(steering);
        ancestors = ancestors == null ? List.of() : List.copyOf(ancestors);
        drain = drain == null ? List.of() : List.copyOf(drain);
    }

    /** The key ring's state; ids only, never keys. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Keys(
            @JsonPropertyDescription("Id of the key that signs.") @Nullable
            String active,

            @JsonPropertyDescription("Ids of the keys that verify.")
            List<String> verifying,

            @JsonPropertyDescription("When the next key is made.") @Nullable
            String nextRotation) {
        public Keys {
            verifying = verifying == null ? List.of() : List.copyOf(verifying);
        }
    }

    /** The policy after defaults. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Effective(
            @JsonPropertyDescription("Name of the cookie in force.") @Nullable
            String cookieName,

            @JsonPropertyDescription("What sessions are bound to.") @Nullable
            String binding,

            @JsonPropertyDescription("Longest life of a session.") @Nullable
            String absoluteTimeout,

            @JsonPropertyDescription("Longest idle time of a session.") @Nullable
            String idleTimeout) {}

    /** Counts of sessions. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Sessions(
            @JsonPropertyDescription("When these were taken.") @Nullable
            String sampledAt,

            @Size(max = 1000) @JsonPropertyDescription("Sessions of each endpoint.")
            List<EndpointSessions> endpoints,

            @JsonProperty("new") @JsonPropertyDescription("Sessions that began.") @Nullable
            Long begun,

            @JsonPropertyDescription("Requests of sessions that stayed where they were.") @Nullable
            Long resumed,

            @JsonPropertyDescription("Sessions that moved, by reason.")
            Map<String, Long> moved,

            @JsonPropertyDescription("Tokens that were not accepted, by reason.")
            Map<String, Long> invalid) {
        public Sessions {
            endpoints = endpoints == null ? List.of() : List.copyOf(endpoints);
            moved = sorted(moved);
            invalid = sorted(invalid);
        }

        private static SortedMap<String, Long> sorted(@Nullable Map<String, Long> counts) {
            return Collections.unmodifiableSortedMap(counts == null ? new TreeMap<>() : new TreeMap<>(counts));
        }
    }

    /** Sessions of an endpoint. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record EndpointSessions(
            @Required @JsonPropertyDescription("Pod, or address and port.")
            String name,

            @JsonPropertyDescription("Sessions seen in the window; an estimate.") @Nullable
            Long approximate,

            @JsonPropertyDescription("Whether the endpoint terminates.") @Nullable
            Boolean draining,

            @JsonPropertyDescription("Longest time since a session's last request.") @Nullable
            String oldestIdle) {}

    /** A terminating endpoint with sessions. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Drain(
            @Required @JsonPropertyDescription("Pod, or address and port.")
            String endpoint,

            @JsonPropertyDescription("Sessions that are still there; an estimate.") @Nullable
            Long sessionsLeft,

            @JsonPropertyDescription("When the rest is moved.") @Nullable
            String deadline) {}

    /** A move of sessions that evened the load. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LastRebalance(
            @JsonPropertyDescription("When it ended.") @Nullable
            String time,

            @JsonPropertyDescription("Sessions that were moved.") @Nullable
            Long moved,

            @JsonPropertyDescription("Most sessions of an endpoint against the mean, before.") @Nullable
            Double skewBefore,

            @JsonPropertyDescription("The same, after.") @Nullable
            Double skewAfter) {}

    /** What all replicas are told of one session of the policy. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Steering(
            @Required @JsonPropertyDescription("Id of the session: the policy's UID and the backends that it is for.")
            String session,

            @Size(max = 1000)
            @JsonPropertyDescription(
                    "Keys of endpoints that have as many sessions as they may have: no new ones begin there.")
            List<String> full,

            @JsonPropertyDescription("Sessions that move to even the load.") @Nullable
            Rebalance rebalance,

            @Size(max = 1000)
            @JsonPropertyDescription(
                    "Endpoints that terminate, and since when: sessions leave them after drainDeadline.")
            List<Draining> draining) {
        public Steering {
            full = full == null ? List.of() : List.copyOf(full);
            draining = draining == null ? List.of() : List.copyOf(draining);
        }
    }

    /** An endpoint that terminates. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Draining(
            @Required @JsonPropertyDescription("Key of the endpoint.")
            String endpoint,

            @Required @JsonPropertyDescription("When a replica first heard of it.")
            String since) {}

    /** A rebalance under way. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Rebalance(
            @Required @JsonPropertyDescription("When it began; sessions that began later stay.")
            String since,

            @Size(max = 1000) @JsonPropertyDescription("Endpoints that get sessions of the others.")
            List<Share> shares,

            @JsonPropertyDescription("Most sessions of an endpoint against the mean, when it began.") @Nullable
            Double skewBefore) {
        public Rebalance {
            shares = shares == null ? List.of() : List.copyOf(shares);
        }
    }

    /** What an endpoint gets by a rebalance. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Share(
            @Required @JsonPropertyDescription("Key of the endpoint.")
            String endpoint,

            @JsonPropertyDescription("Sessions of the others, of ten thousand.")
            int permyriad) {}
}
