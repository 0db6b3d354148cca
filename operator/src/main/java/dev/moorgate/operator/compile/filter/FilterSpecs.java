package dev.moorgate.operator.compile.filter;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.RouteExtensions.Resolution.Resolved;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.CrdRules;
import dev.moorgate.operator.crd.RouteFilter;
import dev.moorgate.operator.crd.RouteFilterSpec;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;

/** The spec of one RouteFilter as narrowings and filters; any mistake in it makes the whole filter invalid. */
final class FilterSpecs {
    private final Mistakes mistakes;

    private FilterSpecs(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    /** Empty where mistakes were added. */
    static Optional<Resolved> compile(RouteFilter filter, Mistakes mistakes) {
        for (Violation violation : CrdRules.check(filter)) {
            mistakes.add(Reason.FILTER_INVALID, Field.at(violation.field()), violation.sentence());
        }
        RouteFilterSpec spec = filter.getSpec();
        if (spec == null || !mistakes.isEmpty()) {
            return Optional.empty();
        }
        FilterSpecs specs = new FilterSpecs(mistakes);
        List<RouteMatch> narrowings = new ArrayList<>();
        for (int i = 0; i < spec.matches().size(); i++) {
            narrowings.add(specs.match(spec.matches().get(i), Field.SPEC.of("matches", i)));
        }
        List<Filter> filters = specs.filters(spec);
        return mistakes.isEmpty() ? Optional.of(new Resolved(narrowings, filters)) : Optional.empty();
    }

    private List<Filter> filters(RouteFilterSpec spec) {
        List<Filter> filters = new ArrayList<>();
        RouteFilterSpec.DirectResponse response = spec.directResponse();
        if (response != null) {
            Field at = Field.SPEC.of("directResponse");
            String type = Tokens.headerValue(response.contentType(), at.of("contentType"), mistakes)
                    .orElse("");
            mistakes.build(
                            at,
                            () -> new Filter.DirectResponse(
                                    response.statusCode(), type, Objects.requireNonNullElse(response.body(), "")))
                    .ifPresent(filters::add);
        }
        RouteFilterSpec.UrlRewrite rewrite = spec.urlRewrite();
        if (rewrite != null) {
            PathSubstitution.compile(
                            rewrite.path().pattern(),
                            rewrite.path().substitution(),
                            Field.SPEC.of("urlRewrite").of("path"),
                            mistakes)
                    .ifPresent(path -> filters.add(new Filter.UrlRewrite(Optional.empty(), Optional.of(path))));
        }
        return filters;
    }

    private RouteMatch match(RouteFilterSpec.Match match, Field at) {
        return new RouteMatch(
                PathMatch.ALL,
                match.methods().stream().map(Enum::name).distinct().toList(),
                fields(match.headers(), at, "headers", (name, field) -> Tokens.headerName(name, field, mistakes)),
                fields(match.queryParams(), at, "queryParams", this::name),
                fields(match.cookies(), at, "cookies", this::name),
                Optional.empty());
    }

    private Optional<String> name(String name, Field at) {
        if (Tokens.isToken(name)) {
            return Optional.of(name);
        }
        mistakes.add(
                Reason.FILTER_INVALID, at, "\"" + Tokens.shown(name) + "\" is no name: use letters, digits, - and _");
        return Optional.empty();
    }

    private List<FieldMatch> fields(
            List<RouteFilterSpec.FieldMatch> written,
            Field match,
            String list,
            BiFunction<String, Field, Optional<String>> naming) {
        List<FieldMatch> fields = new ArrayList<>(written.size());
        for (int i = 0; i < written.size(); i++) {
            RouteFilterSpec.FieldMatch field = written.get(i);
            Field at = match.of(list, i);
            Optional<String> name = naming.apply(field.name(), at.of("name"));
            Optional<String> value = value(field, at.of("value"));
            if (name.isPresent() && value.isPresent()) {
                fields.add(new FieldMatch(name.get(), kind(field.type()), value.get()));
            }
        }
        return fields;
    }

    private Optional<String> value(RouteFilterSpec.FieldMatch field, Field at) {
        String value = Objects.requireNonNullElse(field.value(), "");
        return field.type() == RouteFilterSpec.MatchType.REGULAR_EXPRESSION
                ? PathSubstitution.regex(value, at, mistakes)
                : Optional.of(value);
    }

    private static FieldMatch.Kind kind(RouteFilterSpec.MatchType type) {
        return switch (type) {
            case EXACT -> FieldMatch.Kind.EXACT;
            case REGULAR_EXPRESSION -> FieldMatch.Kind.REGEX;
            case PRESENT -> FieldMatch.Kind.PRESENT;
        };
    }
}
