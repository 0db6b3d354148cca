package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.RouteExtensions;
import dev.moorgate.operator.compile.routepolicy.RoutePolicies;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.compile.upstream.Upstreams;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.SourceRef;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the compile of one route asked of its {@link Surroundings}, in order, and the good answers that it got. The compile of a route
 * depends on nothing else but the route: where a later snapshot answers alike, its outcome is the same. Immutable.
 *
 * @param policy what the settings said of routes
 */
public record Answers(RoutePolicy policy, List<Asked> asked) {
    /** A question with its answer. */
    sealed interface Asked {
        boolean isAnsweredAlike(Parts now);
    }

    /** A Service's port is an upstream, for every route of a kind and namespace. */
    record Backend(String routeKind, String routeNamespace, Backends.Reference reference, String upstream)
            implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.backends().isStill(routeKind, routeNamespace, reference, upstream);
        }
    }

    /**
     * A Service's port is an upstream, for Ingresses of its namespace.
     *
     * @param number empty: the port is asked for by its name
     */
    record ServicePort(String namespace, String service, OptionalInt number, String name, String upstream)
            implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return Surroundings.find(now, namespace, service, number, name)
                    .equals(new Upstreams.Outcome.Found(upstream));
        }
    }

    /** An extension is valid and says this. */
    record Extension(
            ObjectRef route, String group, String kind, String name, RouteExtensions.Resolution.Resolved answer)
            implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.extensions().resolve(route, group, kind, name).equals(answer);
        }
    }

    /** There is no policy at all that could keep sessions. */
    record NoPolicies() implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.sessions().isEmpty();
        }
    }

    /** There is no RoutePolicy at all. */
    record NoRoutePolicies() implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.routePolicies().isEmpty();
        }
    }

    /** The RoutePolicies over a rule. */
    record Layered(SourceRef route, String rule, RoutePolicies.Over over) implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.routePolicies().ofRule(route, rule).equals(over);
        }
    }

    /** Whether a policy keeps sessions on a rule. */
    record Sessions(SourceRef route, String rule, boolean isHeld) implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.sessions().ofRule(route, rule).isPresent() == isHeld;
        }
    }

    /** The policy of a rule makes its sessions when a forward asks for them. */
    record Held(SourceRef route, String rule, Forward forward, Forward held) implements Asked {
        @Override
        public boolean isAnsweredAlike(Parts now) {
            return now.sessions()
                    .ofRule(route, rule)
                    .filter(sessions -> sessions.hold(forward).equals(held))
                    .isPresent();
        }
    }

    /** One of equal questions stands for all of them, and is asked once a compile. Keeps those of the last compile. */
    public static final class Memo {
        private Map<Asked, Asked> last = new HashMap<>();
        private Map<Asked, Asked> next = new HashMap<>();
        private final IdentityHashMap<Asked, Boolean> outcomes = new IdentityHashMap<>();
        private @Nullable Parts outcomesOf;

        /** The same answers, of questions that others have asked too where there are such. */
        public Answers shared(Answers answers) {
            return new Answers(
                    answers.policy,
                    answers.asked.stream()
                            .map(each -> next.computeIfAbsent(each, absent -> last.getOrDefault(each, each)))
                            .toList());
        }

        /**
         * Asks again, up to the first answer that differs: what asking does besides, as entering an upstream into the table, is done
         * as a compile of the route would do it.
         */
        @SuppressWarnings("ReferenceEquality") // one compile is one set of parts
        public boolean areSame(Answers answers, RoutePolicy policyNow, Parts now) {
            if (outcomesOf != now) {
                outcomes.clear();
                outcomesOf = now;
            }
            boolean same = answers.policy.equals(policyNow);
            for (int i = 0; same && i < answers.asked.size(); i++) {
                Asked question = answers.asked.get(i);
                Boolean known = outcomes.get(question);
                if (known == null) {
                    known = isAnsweredAlike(question, now);
                    outcomes.put(question, known);
                    next.put(question, question);
                }
                same = known;
            }
            return same;
        }

        /** A question that we fail on, by our mistake, costs what asks it and nothing else: the compile of that will tell. */
        private static boolean isAnsweredAlike(Asked question, Parts now) {
            try {
                return question.isAnsweredAlike(now);
            } catch (RuntimeException e) {
                return false;
            }
        }

        /** A compile is over. */
        public void turn() {
            last = next;
            next = new HashMap<>();
            outcomes.clear();
            outcomesOf = null;
        }
    }
}
