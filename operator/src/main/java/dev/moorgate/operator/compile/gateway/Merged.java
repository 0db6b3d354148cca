package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.conditions.ObjectRef;
import java.util.List;
import java.util.stream.Stream;

/**
 * The listeners of a Gateway, and those of the ListenerSets that name it, in their order of precedence.
 *
 * @param own of the Gateway's spec
 */
record Merged(List<GatewayListener> own, List<OfSet> sets) {
    static final Merged NONE = new Merged(List.of(), List.of());

    /**
     * Those of one ListenerSet.
     *
     * @param listeners none where the Gateway does not take it
     */
    record OfSet(ObjectRef object, boolean isTaken, List<GatewayListener> listeners) {}

    List<GatewayListener> all() {
        return Stream.concat(own.stream(), sets.stream().flatMap(set -> set.listeners().stream()))
                .toList();
    }
}
