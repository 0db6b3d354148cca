package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.route.Rules;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The virtual hosts of the last compile, by listener of the table. One that the very same routes come to is taken over, so that it is
 * seen to be the same without a look inside; for the others the last order is where sorting starts. One compile at a time.
 */
final class HostMemo {
    private Map<String, Hosts> last = new HashMap<>();
    private Map<String, Hosts> next = new HashMap<>();

    /** The virtual hosts of one listener of the table, in their order. */
    record Hosts(Map<HostPattern, Made> made, List<VirtualHost> inOrder) {
        static final Hosts NONE = new Hosts(Map.of(), List.of());
    }

    /**
     * A virtual host and what it was made from.
     *
     * @param from in the order of their coming
     * @param sorted in order of precedence
     */
    record Made(List<Rules.Ranked> from, List<Rules.Ranked> sorted, VirtualHost host) {
        boolean isFrom(String section, VirtualHost.Unmatched unmatched, List<Rules.Ranked> routes) {
            return host.section().equals(section) && host.unmatched() == unmatched && areSame(from, routes);
        }

        /** Routes that were not compiled again are the same objects. */
        @SuppressWarnings("ReferenceEquality")
        private static boolean areSame(List<?> some, List<?> others) {
            boolean same = some.size() == others.size();
            for (int i = 0; same && i < some.size(); i++) {
                same = some.get(i) == others.get(i);
            }
            return same;
        }
    }

    Hosts find(String listener) {
        return last.getOrDefault(listener, Hosts.NONE);
    }

    void keep(String listener, Hosts hosts) {
        next.put(listener, hosts);
    }

    /** A compile is over: what it did not keep is forgotten. */
    void turn() {
        last = next;
        next = new HashMap<>();
    }

    /**
     * Sorts; what stands in {@code before}, which is sorted already, is not compared with each other again. Equal items come in any
     * order.
     */
    static <T> List<T> sorted(List<T> items, List<T> before, Comparator<? super T> order) {
        IdentityHashMap<T, Integer> places = new IdentityHashMap<>(before.size());
        for (int i = 0; i < before.size(); i++) {
            places.put(before.get(i), i);
        }
        BitSet kept = new BitSet(before.size());
        List<T> fresh = new ArrayList<>();
        for (T item : items) {
            Integer place = places.get(item);
            if (place == null || kept.get(place)) {
                fresh.add(item);
            } else {
                kept.set(place);
            }
        }
        fresh.sort(order);
        return merged(before, kept, fresh, order);
    }

    /** Each fresh item by halving what is left, so that few of the kept ones are looked at where few are fresh. */
    private static <T> List<T> merged(List<T> before, BitSet kept, List<T> fresh, Comparator<? super T> order) {
        List<T> old = new ArrayList<>(before.size());
        kept.stream().forEach(place -> old.add(before.get(place)));
        List<T> merged = new ArrayList<>(old.size() + fresh.size());
        int from = 0;
        for (T item : fresh) {
            int found = Collections.binarySearch(old.subList(from, old.size()), item, order);
            int to = from + (found < 0 ? -found - 1 : found);
            merged.addAll(old.subList(from, to));
            merged.add(item);
            from = to;
        }
        merged.addAll(old.subList(from, old.size()));
        return merged;
    }
}
