package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.RoutePolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Routes that carry HTTP, each on its own: hostnames and rules, and what is wrong with them, before anything is attached. */
public final class Routes {
    private static final String DROPPED = "Dropped Rule ";

    private final Parts parts;
    private final RoutePolicy policy;

    public Routes(Parts parts) {
        this.parts = parts;
        this.policy = parts.settings().routePolicy();
    }

    /**
     * One route, ready to be attached.
     *
     * @param hostnames as written; {@code [ANY]} where there are none; empty: none is valid
     * @param ranked of the rules that are valid
     * @param dropped what made rules, or hostnames, invalid
     * @param rules how many there are
     * @param answers what it was made from beside the route; empty: it has to be made anew
     */
    public record Compiled(
            ObjectRef object,
            List<HostPattern> hostnames,
            List<Rules.Ranked> ranked,
            List<Dropped> dropped,
            int rules,
            Mistakes unresolved,
            Optional<Answers> answers) {
        /** Whether a part of it can be served. */
        public boolean isServed() {
            return dropped.size() < rules && !hostnames.isEmpty();
        }

        /** Whether nothing is wrong with it. */
        public boolean isSound() {
            return dropped.isEmpty() && unresolved.isEmpty() && !hostnames.isEmpty();
        }

        /** Says what is wrong in the conditions of one parent, after that parent has said what it thinks of the route. */
        public void tell(Conditions conditions) {
            unresolved.refuse(conditions, ConditionType.RESOLVED_REFS);
            if (hostnames.isEmpty()) {
                conditions.refuse(
                        ConditionType.ACCEPTED,
                        Reason.UNSUPPORTED_VALUE,
                        Field.SPEC.of("hostnames").toString(),
                        "none of them is a host name");
            }
            if (dropped.size() == rules) {
                dropped.forEach(rule -> rule.mistakes().refuse(conditions, ConditionType.ACCEPTED));
            } else if (conditions.isGood(ConditionType.ACCEPTED)) {
                dropped.forEach(rule -> rule.tell(conditions));
            }
        }
    }

    /** An invalid rule. */
    public record Dropped(String label, Mistakes mistakes) {
        private void tell(Conditions conditions) {
            for (Mistakes.Mistake mistake : mistakes.all()) {
                conditions.refuse(
                        ConditionType.PARTIALLY_INVALID, mistake.reason(), "", DROPPED + label + ": " + mistake);
            }
        }
    }

    /** A route that we fail on, by our mistake, loses its own rules and nobody else's: an exception ends here. */
    public Compiled compile(WrittenRoute route) {
        HasMetadata source = route.source();
        ObjectRef object = new ObjectRef(
                "gateway.networking.k8s.io/v1",
                route.kind(),
                Metadata.namespace(source),
                Metadata.name(source),
                Metadata.generation(source));
        try {
            return compile(route, object);
        } catch (RuntimeException e) {
            Mistakes ours = new Mistakes()
                    .add(
                            Reason.INVALID,
                            Field.SPEC,
                            "cannot be read (" + e.getClass().getSimpleName() + "): check it");
            return new Compiled(
                    object,
                    List.of(HostPattern.ANY),
                    List.of(),
                    List.of(new Dropped("rules", ours)),
                    1,
                    new Mistakes(),
                    Optional.empty());
        }
    }

    private Compiled compile(WrittenRoute route, ObjectRef object) {
        Mistakes unresolved = new Mistakes();
        Surroundings surroundings = new Surroundings(parts, policy, object);
        Rules compiler = new Rules(
                surroundings,
                object,
                Objects.requireNonNullElse(route.source().getMetadata().getCreationTimestamp(), ""),
                unresolved);
        List<WrittenRoute.Rule> rules = route.rules();
        List<Rules.Ranked> ranked = new ArrayList<>();
        List<Dropped> dropped = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < rules.size(); i++) {
            WrittenRoute.Rule rule = rules.get(i);
            Mistakes invalid = new Mistakes();
            String name = Objects.requireNonNullElse(rule.common().getName(), "");
            if (!name.isEmpty() && !names.add(name)) {
                invalid.add(
                        Reason.UNSUPPORTED_VALUE,
                        Field.SPEC.of("rules", i).of("name"),
                        "\"" + Tokens.shown(name) + "\" is the name of an earlier rule: choose another");
            }
            ranked.addAll(compiler.compile(rule, i, invalid));
            if (!invalid.isEmpty()) {
                dropped.add(new Dropped(name.isEmpty() ? "rules[" + i + "]" : name, invalid));
            }
        }
        List<HostPattern> hostnames = hostnames(route, object, surroundings);
        return new Compiled(object, hostnames, ranked, dropped, rules.size(), unresolved, surroundings.answers());
    }

    private static List<HostPattern> hostnames(WrittenRoute route, ObjectRef object, Surroundings surroundings) {
        List<String> written = route.hostnames();
        if (written.isEmpty()) {
            return List.of(HostPattern.ANY);
        }
        Set<HostPattern> hostnames = new LinkedHashSet<>();
        for (int i = 0; i < written.size(); i++) {
            String text = Objects.requireNonNullElse(written.get(i), "");
            Optional<HostPattern> hostname = text.isEmpty() ? Optional.empty() : Hostnames.gateway(text);
            hostname.ifPresent(hostnames::add);
            if (hostname.isEmpty()) {
                surroundings
                        .report()
                        .error(
                                object,
                                Reason.HOST_INVALID,
                                Field.SPEC.of("hostnames", i).toString(),
                                "\"" + Tokens.shown(text)
                                        + "\" is no host name and is ignored: write labels of a-z, 0-9 and '-', with a"
                                        + " star only as the whole first label");
            }
        }
        return List.copyOf(hostnames);
    }
}
