package dev.moorgate.routetable.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        Set<String> gone = new HashSet<>(removed);
        Map<String, T> come = new HashMap<>();
        changed.forEach(part -> come.put(name.apply(part), part));
        List<T> parts = new ArrayList<>(old.size() + changed.size());
        for (T part : old) {
            String itsName = name.apply(part);
            if (!gone.remove(itsName)) {
                T instead = come.remove(itsName);
                parts.add(instead == null ? part : instead);
            }
        }
        for (String absent : removed) {
            if (gone.contains(absent)) {
                throw new WireException(path, absent + " is removed, but was not there");
            }
        }
        if (!come.isEmpty()) {
            parts.addAll(come.values());
            parts.sort(Comparator.comparing(name));
        }
        return List.copyOf(parts);
    }

    static void requireBase(String wanted, String found) throws WireException {
        if (!wanted.equals(found)) {
            throw new WireException("base", "is not the table that is installed");
        }
    }
}
