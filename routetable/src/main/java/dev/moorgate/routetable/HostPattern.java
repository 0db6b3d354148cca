package dev.moorgate.routetable;

import java.util.Locale;

/**
 * Which hosts (or TLS server names) something is for. Values are lower case, without port and trailing dot.
 *
 * @param value the host for EXACT; the suffix with its leading dot ({@code .example.com}) for the wildcards; empty for ANY
 */
public record HostPattern(Kind kind, String value) {
    /** In order of precedence: the first kind that matches wins, among wildcards the longest suffix. */
    public enum Kind {
        EXACT,
        /** {@code *.example.com} of Ingress: exactly one label in the place of the star. */
        ONE_LABEL,
        /** {@code *.example.com} of Gateway API: one label or more. */
        WILDCARD,
        ANY
    }

    public static final HostPattern ANY = new HostPattern(Kind.ANY, "");

    public HostPattern {
        if (kind == Kind.ANY) {
            Checks.require(value.isEmpty(), "host of kind ANY has no value");
        } else {
            Checks.notBlank(value, "host");
            Checks.require(value.equals(value.toLowerCase(Locale.ROOT)), "host must be lower case: " + value);
            Checks.require(value.indexOf('*') < 0, "host value must hold no star: " + value);
            Checks.require(
                    kind == Kind.EXACT ? value.charAt(0) != '.' : value.charAt(0) == '.' && value.length() > 1,
                    "host of kind " + kind + " is malformed: " + value);
        }
    }

    public static HostPattern exact(String host) {
        return new HostPattern(Kind.EXACT, host.toLowerCase(Locale.ROOT));
    }

    /** {@code *.example.com} as Gateway API reads it: any number of labels, at least one. */
    public static HostPattern wildcard(String starred) {
        return new HostPattern(Kind.WILDCARD, suffix(starred));
    }

    /** {@code *.example.com} as Ingress reads it: exactly one label. */
    public static HostPattern oneLabel(String starred) {
        return new HostPattern(Kind.ONE_LABEL, suffix(starred));
    }

    private static String suffix(String starred) {
        Checks.require(starred.startsWith("*."), "a wildcard host starts with '*.': " + starred);
        return starred.substring(1).toLowerCase(Locale.ROOT);
    }

    /** Whether {@code host} (lower case, no port) is covered. */
    public boolean matches(String host) {
        return switch (kind) {
            case ANY -> true;
            case EXACT -> host.equals(value);
            case WILDCARD -> host.length() > value.length() && host.endsWith(value);
            case ONE_LABEL ->
                host.length() > value.length()
                        && host.endsWith(value)
                        && host.lastIndexOf('.', host.length() - value.length() - 1) < 0;
        };
    }

    /** {@code example.com}, {@code *.example.com} or {@code *}. */
    @Override
    public String toString() {
        return switch (kind) {
            case ANY -> "*";
            case EXACT -> value;
            case ONE_LABEL, WILDCARD -> "*" + value;
        };
    }
}
