package dev.moorgate.dataplane.route;

import dev.moorgate.routetable.HostPattern;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is for a host: exact, then the longest wildcard, then any. Each find is a node whose {@code next} is the next
 * less specific one that covers the same hosts, so that falling through needs no second search. Immutable.
 */
final class HostIndex<T> {
    /** A value and the next less specific one for every host that comes here. */
    record Node<T>(T value, @Nullable Node<T> next) {}

    /** What a suffix such as {@code .example.com} leads to, for hosts with one label before it and with more. */
    private record Suffix<T>(
            String text,
            @Nullable Node<T> oneLabel,
            @Nullable Node<T> labels) {}

    private final Map<String, Node<T>> exact = new HashMap<>();
    private final @Nullable Node<T> any;
    private final CharTable<Suffix<T>> suffixes;

    private HostIndex(Map<HostPattern, T> values) {
        T all = values.get(HostPattern.ANY);
        any = all == null ? null : new Node<>(all, null);
        suffixes = CharTable.of(suffixes(values), Suffix::text, HostIndex::hash);
        values.forEach((pattern, value) -> {
            if (pattern.kind() == HostPattern.Kind.EXACT) {
                exact.put(pattern.value(), new Node<>(value, wildcard(pattern.value())));
            }
        });
    }

    static <T> HostIndex<T> of(Map<HostPattern, T> values) {
        return new HostIndex<>(values);
    }

    /** The most specific node for a host in lower case without port. */
    @Nullable
    Node<T> first(String host) {
        Node<T> node = exact.get(host);
        return node != null ? node : wildcard(host);
    }

    /** Suffixes are hashed from their end, so that one walk to the left sees them all, the longest last. */
    private @Nullable Node<T> wildcard(String host) {
        Node<T> best = any;
        if (suffixes.isEmpty()) {
            return best;
        }
        int firstDot = host.indexOf('.');
        int hash = 0;
        for (int i = host.length() - 1; i > 0; i--) {
            char c = host.charAt(i);
            hash = 31 * hash + c;
            if (c == '.') {
                Suffix<T> suffix = suffixes.get(host, i, host.length(), hash);
                Node<T> node = suffix == null ? null : i == firstDot ? suffix.oneLabel : suffix.labels;
                best = node == null ? best : node;
            }
        }
        return best;
    }

    private static int hash(String suffix) {
        int hash = 0;
        for (int i = suffix.length() - 1; i >= 0; i--) {
            hash = 31 * hash + suffix.charAt(i);
        }
        return hash;
    }

    /** The shorter suffixes come first: a longer one's node points to them. */
    private List<Suffix<T>> suffixes(Map<HostPattern, T> values) {
        Map<String, Suffix<T>> bySuffix = new HashMap<>();
        List<Suffix<T>> made = new ArrayList<>();
        List<String> texts = values.keySet().stream()
                .filter(pattern ->
                        pattern.kind() == HostPattern.Kind.WILDCARD || pattern.kind() == HostPattern.Kind.ONE_LABEL)
                .map(HostPattern::value)
                .distinct()
                .sorted(Comparator.comparingInt(String::length))
                .toList();
        for (String text : texts) {
            Node<T> shorter = shorter(text, bySuffix);
            T labels = values.get(new HostPattern(HostPattern.Kind.WILDCARD, text));
            T oneLabel = values.get(new HostPattern(HostPattern.Kind.ONE_LABEL, text));
            Node<T> many = labels == null ? null : new Node<>(labels, shorter);
            Node<T> one = oneLabel == null ? many : new Node<>(oneLabel, many == null ? shorter : many);
            Suffix<T> suffix = new Suffix<>(text, one, many);
            bySuffix.put(text, suffix);
            made.add(suffix);
        }
        return made;
    }

    private @Nullable Node<T> shorter(String text, Map<String, Suffix<T>> bySuffix) {
        for (int dot = text.indexOf('.', 1); dot > 0; dot = text.indexOf('.', dot + 1)) {
            Suffix<T> suffix = bySuffix.get(text.substring(dot));
            if (suffix != null && suffix.labels != null) {
                return suffix.labels;
            }
        }
        return any;
    }
}
