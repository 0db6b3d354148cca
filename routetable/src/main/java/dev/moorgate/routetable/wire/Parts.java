package dev.moorgate.routetable.wire;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** What changed in a list that is sorted by name: parts that are new or different, names that are gone. */
record Parts<T>(List<T> changed, List<String> removed) {

    static <T> Parts<T> between(List<T> old, List<T> next, Function<T, String> name) {
        Map<String, T> before = new HashMap<>();
        old.forEach(part -> before.put(name.apply(part), part));
        var changed = new ArrayList<T>();
        for (T part : next) {
            if (!part.equals(before.remove(name.apply(part)))) {
                changed.add(part);
            }
        }
        return new Parts<>(changed, before.keySet().stream().sorted().toList());
    }

    /** The sorted list after the change; {@code path} is where the parts stand in the delta. */
    List<T> apply(String path, List<T> old, Function<T, String> name) throws WireException {
        Map<String, T> parts = new TreeMap<>();
        old.forEach(part -> parts.put(name.apply(part), part));
        for (String gone : removed) {
            if (parts.remove(gone) == null) {
                throw new WireException(path, gone + " is removed, but was not there");
            }
        }
        changed.forEach(part -> parts.put(name.apply(part), part));
        return List.copyOf(parts.values());
    }

    static void requireBase(String wanted, String found) throws WireException {
        if (!wanted.equals(found)) {
            throw new WireException("base", "is not the table that is installed");
        }
    }
}
