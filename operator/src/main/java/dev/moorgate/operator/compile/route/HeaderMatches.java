package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Matches on header fields, which HTTPRoute and GRPCRoute write alike. */
final class HeaderMatches {
    private HeaderMatches() {}

    /** One of them; absent parts are null. */
    record Written(
            @Nullable String name,
            @Nullable String type,
            @Nullable String value) {}

    /** Empty, with mistakes added, where one of them cannot be obeyed. */
    static <T> Optional<List<FieldMatch>> compile(
            List<T> headers, Function<T, Written> reader, Field match, Mistakes mistakes) {
        List<FieldMatch> matches = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        boolean whole = true;
        for (int i = 0; i < headers.size(); i++) {
            Field at = match.of("headers", i);
            Written header = reader.apply(headers.get(i));
            Optional<String> name =
                    Tokens.headerName(Objects.requireNonNullElse(header.name(), ""), at.of("name"), mistakes);
            if (name.isPresent() && !seen.add(name.get())) {
                continue; // "Subsequent entries with an equivalent header name MUST be ignored"
            }
            Optional<FieldMatch> field =
                    name.flatMap(known -> field(known, header.type(), header.value(), at, mistakes));
            field.ifPresent(matches::add);
            whole &= field.isPresent();
        }
        return whole ? Optional.of(matches) : Optional.empty();
    }

    /** A match on a header or query parameter. */
    static Optional<FieldMatch> field(
            String name, @Nullable String type, @Nullable String value, Field at, Mistakes mistakes) {
        String wanted = Objects.requireNonNullElse(value, "");
        return switch (Objects.requireNonNullElse(type, "Exact")) {
            case "Exact" -> Optional.of(FieldMatch.exact(name, wanted));
            case "RegularExpression" ->
                Tokens.regex(wanted, at.of("value"), mistakes).map(regex -> FieldMatch.regex(name, regex));
            default -> {
                unknown(type, at.of("type"), mistakes);
                yield Optional.empty();
            }
        };
    }

    /** A type of match that is neither of the two. */
    static void unknown(@Nullable String type, Field at, Mistakes mistakes) {
        unknown(type, at, "Exact or RegularExpression", mistakes);
    }

    static void unknown(@Nullable String value, Field at, String known, Mistakes mistakes) {
        mistakes.add(
                Reason.UNSUPPORTED_VALUE,
                at,
                "\"" + Tokens.shown(Objects.requireNonNullElse(value, "")) + "\" is not supported: use " + known);
    }
}
