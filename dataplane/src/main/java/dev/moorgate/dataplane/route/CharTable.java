package dev.moorgate.dataplane.route;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A hash table that is asked with a part of a string and the hash of that part, which its user computes as it walks: no
 * object a question. At most half full; immutable.
 */
final class CharTable<T> {
    private static final CharTable<?> EMPTY = new CharTable<>(List.of(), Object::toString, String::hashCode);

    /** All that a hit needs in one place: a table of which little is in the processor's caches costs what it touches. */
    private record Entry<T>(String key, int hash, T value) {}

    private final @Nullable Entry<T>[] slots;
    private final int size;
    private final int longestKey;

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays know no type parameters
    private CharTable(List<T> values, Function<T, String> key, ToIntFunction<String> hash) {
        int capacity = Integer.highestOneBit(Math.max(1, values.size()) * 2 - 1) << 1;
        slots = new Entry[capacity];
        size = values.size();
        int longest = 0;
        for (T value : values) {
            String text = key.apply(value);
            var entry = new Entry<>(text, hash.applyAsInt(text), value);
            longest = Math.max(longest, text.length());
            int slot = spread(entry.hash);
            while (slots[slot] != null) {
                slot = next(slot);
            }
            slots[slot] = entry;
        }
        longestKey = longest;
    }

    /** Keys must differ. */
    @SuppressWarnings("unchecked") // it has no values
    static <T> CharTable<T> of(List<T> values, Function<T, String> key, ToIntFunction<String> hash) {
        return values.isEmpty() ? (CharTable<T>) EMPTY : new CharTable<>(values, key, hash);
    }

    boolean isEmpty() {
        return size == 0;
    }

    int longestKey() {
        return longestKey;
    }

    @Nullable
    T get(String text, int start, int end, int hash) {
        int slot = spread(hash);
        for (Entry<T> entry = slots[slot]; entry != null; entry = slots[slot]) {
            if (entry.hash == hash && entry.key.length() == end - start && text.startsWith(entry.key, start)) {
                return entry.value;
            }
            slot = next(slot);
        }
        return null;
    }

    /** Slots looked at for the unluckiest key. */
    int longestProbe() {
        int longest = 0;
        for (Entry<T> entry : slots) {
            if (entry != null) {
                int probes = 1;
                for (int slot = spread(entry.hash); slots[slot] != null; slot = next(slot)) {
                    probes++;
                }
                longest = Math.max(longest, probes);
            }
        }
        return longest;
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }

    private int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return (mixed ^ (mixed >>> 15)) & (slots.length - 1);
    }
}
