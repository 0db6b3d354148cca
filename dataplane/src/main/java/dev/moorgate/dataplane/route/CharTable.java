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
    private final String[] keys;
    private final int[] hashes;
    private final List<T> values;
    /** Index into the values plus one; 0 for a free slot. */
    private final int[] slots;

    private final int longestKey;

    private CharTable(List<T> values, Function<T, String> key, ToIntFunction<String> hash) {
        int capacity = Integer.highestOneBit(Math.max(1, values.size()) * 2 - 1) << 1;
        this.values = List.copyOf(values);
        keys = new String[values.size()];
        hashes = new int[values.size()];
        slots = new int[capacity];
        int longest = 0;
        for (int i = 0; i < keys.length; i++) {
            keys[i] = key.apply(values.get(i));
            hashes[i] = hash.applyAsInt(keys[i]);
            longest = Math.max(longest, keys[i].length());
            int slot = spread(hashes[i]);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (capacity - 1);
            }
            slots[slot] = i + 1;
        }
        longestKey = longest;
    }

    /** Keys must differ. */
    static <T> CharTable<T> of(List<T> values, Function<T, String> key, ToIntFunction<String> hash) {
        return new CharTable<>(values, key, hash);
    }

    boolean isEmpty() {
        return keys.length == 0;
    }

    int longestKey() {
        return longestKey;
    }

    @Nullable
    T get(String text, int start, int end, int hash) {
        for (int slot = spread(hash); slots[slot] != 0; slot = (slot + 1) & (slots.length - 1)) {
            int i = slots[slot] - 1;
            if (hashes[i] == hash && keys[i].length() == end - start && text.startsWith(keys[i], start)) {
                return values.get(i);
            }
        }
        return null;
    }

    /** Slots looked at for the unluckiest key. */
    int longestProbe() {
        int longest = 0;
        for (int hash : hashes) {
            int probes = 1;
            for (int slot = spread(hash); slots[slot] != 0; slot = (slot + 1) & (slots.length - 1)) {
                probes++;
            }
            longest = Math.max(longest, probes);
        }
        return longest;
    }

    private int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return (mixed ^ (mixed >>> 15)) & (slots.length - 1);
    }
}
