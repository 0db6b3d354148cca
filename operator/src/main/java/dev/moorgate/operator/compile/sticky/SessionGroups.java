package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Share;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Policies of a namespace that share their sessions ({@code share: Group}): what they say of sessions is said once, by the oldest, and
 * whoever says anything else is not of the group. Policies are added oldest first. Confined to one compile.
 */
final class SessionGroups {
    private final Map<String, Group> groups = new HashMap<>();

    /** A group with its first policy, and the seats of all in order. */
    private record Group(ObjectRef oldest, StickyPolicySpec spec, List<String> seats) {}

    /** Of a policy with {@code share: Group}; no UID looks like it. */
    static String id(String namespace, StickyPolicySpec spec) {
        return "group." + namespace + "." + spec.shareGroup();
    }

    static boolean isGrouped(StickyPolicySpec spec) {
        return spec.share() == Share.GROUP;
    }

    /** Adds a valid policy where it says what the oldest of its group says. */
    void add(ObjectRef object, StickyPolicySpec spec, List<String> seats) {
        Group group = groups.computeIfAbsent(
                id(object.namespace(), spec), absent -> new Group(object, spec, new ArrayList<>()));
        if (differing(group.spec, spec).isEmpty()) {
            group.seats.addAll(seats);
        }
    }

    /** Where a policy contradicts the oldest of its group, as a sentence; empty: it does not. */
    Optional<String> contradiction(ObjectRef object, StickyPolicySpec spec) {
        Group group = groups.get(id(object.namespace(), spec));
        return group == null
                ? Optional.empty()
                : differing(group.spec, spec)
                        .map(field -> "group " + spec.shareGroup() + " is led by " + group.oldest
                                + ", which is older or first by name and says something else in " + field
                                + ": policies of a group differ in targetRefs only");
    }

    /** The seats of all policies of the group. */
    List<String> seats(String namespace, StickyPolicySpec spec) {
        Group group = groups.get(id(namespace, spec));
        return group == null ? List.of() : List.copyOf(group.seats);
    }

    /** The first field but targetRefs in which two differ. */
    private static Optional<String> differing(StickyPolicySpec one, StickyPolicySpec other) {
        for (RecordComponent component : StickyPolicySpec.class.getRecordComponents()) {
            if (!component.getName().equals("targetRefs")
                    && !Objects.equals(value(component, one), value(component, other))) {
                return Optional.of("spec." + component.getName());
            }
        }
        return Optional.empty();
    }

    private static Object value(RecordComponent component, StickyPolicySpec spec) {
        try {
            return Optional.ofNullable(component.getAccessor().invoke(spec));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("every component of a public record can be read", e);
        }
    }
}
