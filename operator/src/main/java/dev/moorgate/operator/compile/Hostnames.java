package dev.moorgate.operator.compile;

import dev.moorgate.routetable.HostPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Host names as Kubernetes writes them (RFC 1123, with a star as the first label), and how their patterns relate. */
public final class Hostnames {
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*");
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+");
    private static final int LONGEST = 253;

    private Hostnames() {}

    /** Whether it is a host name without a star, in lower case, and no IP address. */
    public static boolean isPrecise(String host) {
        return host.length() <= LONGEST
                && NAME.matcher(host).matches()
                && !ADDRESS.matcher(host).matches();
    }

    /** As Gateway API reads it: absent or empty for every host; empty result: it is no host name. */
    public static Optional<HostPattern> gateway(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return Optional.of(HostPattern.ANY);
        }
        String host = text.toLowerCase(Locale.ROOT);
        if (host.startsWith("*.")) {
            return isPrecise(host.substring(2)) ? Optional.of(HostPattern.wildcard(host)) : Optional.empty();
        }
        return isPrecise(host) ? Optional.of(HostPattern.exact(host)) : Optional.empty();
    }

    /** As Ingress reads it: absent or empty for every host, a star for exactly one label; empty result: it is no host name. */
    public static Optional<HostPattern> ingress(@Nullable String text) {
        return gateway(text)
                .map(host -> host.kind() == HostPattern.Kind.WILDCARD ? HostPattern.oneLabel(host.toString()) : host);
    }

    /** Whether every host of {@code narrow} is one of {@code wide}; both as Gateway API reads them. */
    public static boolean covers(HostPattern wide, HostPattern narrow) {
        return switch (wide.kind()) {
            case ANY -> true;
            case EXACT -> wide.equals(narrow);
            case WILDCARD, ONE_LABEL ->
                switch (narrow.kind()) {
                    case ANY -> false;
                    case EXACT -> wide.matches(narrow.value());
                    case WILDCARD, ONE_LABEL -> narrow.value().endsWith(wide.value());
                };
        };
    }

    /** The values of all patterns that are wider than this one, the narrowest first. */
    public static List<String> above(HostPattern pattern) {
        List<String> wider = new ArrayList<>();
        for (String rest = pattern.value(); !rest.isEmpty(); ) {
            rest = above(rest);
            wider.add(rest);
        }
        return wider;
    }

    /** Of a host, or a suffix with its leading dot: the next suffix; empty for any host. */
    public static String above(String value) {
        int dot = value.indexOf('.', 1);
        return dot < 0 ? "" : value.substring(dot);
    }

    /** The hosts that both take: the narrower of the two, or none. */
    public static Optional<HostPattern> intersect(HostPattern one, HostPattern other) {
        if (covers(one, other)) {
            return Optional.of(other);
        }
        return covers(other, one) ? Optional.of(one) : Optional.empty();
    }

    /** Compares by precedence: exact, then the longest wildcard, then any. */
    public static int bySpecificity(HostPattern one, HostPattern other) {
        int order = one.kind().compareTo(other.kind());
        if (order == 0) {
            order = Integer.compare(other.value().length(), one.value().length());
        }
        return order != 0 ? order : one.value().compareTo(other.value());
    }
}
