package dev.moorgate.operator.compile.filter;

import com.google.re2j.Pattern;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Filter.PathRewrite;
import java.util.Optional;
import java.util.OptionalInt;

/** Checks a regex rewrite of the path: {@code \1}, {@code $1} and {@code ${1}} in the substitution must be groups of the pattern. */
final class PathSubstitution {
    private PathSubstitution() {}

    static Optional<PathRewrite> compile(String pattern, String substitution, Field at, Mistakes mistakes) {
        Optional<String> checked = regex(pattern, at.of("pattern"), mistakes);
        if (checked.isEmpty()) {
            return Optional.empty();
        }
        int groups = Pattern.compile(pattern).groupCount();
        OptionalInt highest = highestGroup(substitution);
        if (highest.isPresent() && highest.getAsInt() > groups) {
            mistakes.add(
                    Reason.REGEX_INVALID,
                    at.of("substitution"),
                    "names group " + highest.getAsInt() + ", but the pattern has " + groups
                            + ": add a group to the pattern, or write a lower number");
            return Optional.empty();
        }
        return Optional.of(new PathRewrite.Regex(pattern, substitution));
    }

    /** The expression, or a mistake with the reason that RouteFilters give. */
    static Optional<String> regex(String expression, Field at, Mistakes mistakes) {
        Mistakes own = new Mistakes();
        Optional<String> checked = Tokens.regex(expression, at, own);
        own.all().forEach(mistake -> mistakes.add(Reason.REGEX_INVALID, at, mistake.message()));
        return checked;
    }

    /** As the proxy reads it: one digit or two after a backslash or dollar. */
    private static OptionalInt highestGroup(String substitution) {
        OptionalInt highest = OptionalInt.empty();
        int i = 0;
        while (i < substitution.length()) {
            char c = substitution.charAt(i++);
            if (c != '$' && c != '\\' || i == substitution.length()) {
                continue;
            }
            int from = c == '$' && substitution.charAt(i) == '{' ? i + 1 : i;
            int to = from;
            while (to < substitution.length() && to < from + 2 && Character.isDigit(substitution.charAt(to))) {
                to++;
            }
            if (to == from) {
                i++;
                continue;
            }
            int group = Integer.parseInt(substitution.substring(from, to));
            highest = OptionalInt.of(Math.max(group, highest.orElse(group)));
            i = to;
        }
        return highest;
    }
}
