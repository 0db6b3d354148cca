package dev.moorgate.operator.conditions;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Statuses that come whole, most often in the order of their objects, so that ten thousand need no sorting. Confined to one compile. */
final class SettledStatuses {
    private final List<Map.Entry<ObjectRef, ObjectStatus>> entries = new ArrayList<>();

    void add(ObjectRef object, ObjectStatus status) {
        entries.add(Map.entry(object, status));
    }

    /** A map of them, for its taker to add to. */
    SortedMap<ObjectRef, ObjectStatus> toMap() {
        if (isAscending()) {
            return new TreeMap<>(new Ascending(entries));
        }
        SortedMap<ObjectRef, ObjectStatus> map = new TreeMap<>();
        entries.forEach(entry -> map.put(entry.getKey(), entry.getValue()));
        return map;
    }

    private boolean isAscending() {
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i - 1).getKey().compareTo(entries.get(i).getKey()) >= 0) {
                return false;
            }
        }
        return true;
    }

    /** Just enough of a sorted map for a TreeMap to be made of it in linear time; its constructor takes no other type. */
    @SuppressWarnings("JdkObsolete")
    private static final class Ascending extends AbstractMap<ObjectRef, ObjectStatus>
            implements SortedMap<ObjectRef, ObjectStatus> {
        private final List<Map.Entry<ObjectRef, ObjectStatus>> entries;

        Ascending(List<Map.Entry<ObjectRef, ObjectStatus>> entries) {
            this.entries = entries;
        }

        @Override
        public Set<Map.Entry<ObjectRef, ObjectStatus>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public Iterator<Map.Entry<ObjectRef, ObjectStatus>> iterator() {
                    return entries.iterator();
                }

                @Override
                public int size() {
                    return entries.size();
                }
            };
        }

        @Override
        public @Nullable Comparator<? super ObjectRef> comparator() {
            return null;
        }

        @Override
        public ObjectRef firstKey() {
            return entries.getFirst().getKey();
        }

        @Override
        public ObjectRef lastKey() {
            return entries.getLast().getKey();
        }

        @Override
        public SortedMap<ObjectRef, ObjectStatus> subMap(ObjectRef from, ObjectRef to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SortedMap<ObjectRef, ObjectStatus> headMap(ObjectRef to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SortedMap<ObjectRef, ObjectStatus> tailMap(ObjectRef from) {
            throw new UnsupportedOperationException();
        }
    }
}
