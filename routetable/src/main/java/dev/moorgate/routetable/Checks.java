package dev.moorgate.routetable;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;

/** Checks that the records' constructors share; every message names the record's field. */
final class Checks {
    private Checks() {}

    static String notBlank(String value, String field) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(field + " must not be blank");
        }
        return value;
    }

    static int inRange(int value, int least, int most, String field) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " must be " + least + " to " + most + ", not " + value);
        }
        return value;
    }

    static void ascending(List<Integer> values, int least, int most, String field) {
        for (int i = 0; i < values.size(); i++) {
            inRange(values.get(i), least, most, field);
            require(i == 0 || values.get(i - 1) < values.get(i), field + " must be ascending and unique");
        }
    }

    static Duration notNegative(Duration value, String field) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(field + " must not be negative, not " + value);
        }
        return value;
    }

    /** A network in CIDR notation, of either family. */
    static void network(String text, String field) {
        int slash = text.indexOf('/');
        boolean isOne = slash > 0 && text.substring(slash + 1).matches("[0-9]{1,3}");
        if (isOne) {
            try {
                int bits = InetAddress.ofLiteral(text.substring(0, slash)).getAddress().length * 8;
                isOne = Integer.parseInt(text.substring(slash + 1)) <= bits;
            } catch (IllegalArgumentException noLiteral) {
                isOne = false;
            }
        }
        require(isOne, field + " must be a CIDR such as 10.0.0.0/8, not " + text);
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** A copy of {@code items} in their order, refused where two share a key. */
    static <T> List<T> unique(List<T> items, Function<T, String> key, String field) {
        var seen = new HashSet<String>();
        for (T item : items) {
            if (!seen.add(key.apply(item))) {
                throw new IllegalArgumentException(field + " has " + key.apply(item) + " twice");
            }
        }
        return List.copyOf(items);
    }

    /** A copy of {@code items}, refused where it is not strictly ascending by {@code key}: tables compare by their order. */
    static <T> List<T> sorted(List<T> items, Function<T, String> key, String field) {
        for (int i = 1; i < items.size(); i++) {
            String before = key.apply(items.get(i - 1));
            String here = key.apply(items.get(i));
            if (before.compareTo(here) >= 0) {
                throw new IllegalArgumentException(
                        field + " must be sorted and unique: " + here + " follows " + before);
            }
        }
        return List.copyOf(items);
    }
}
