package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Paths;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeaderMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPQueryParamMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** HTTPRouteMatch to RouteMatch: path, method, headers and query parameters. */
final class HttpMatches {
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

    private HttpMatches() {}

    /** Those of a rule; one that takes everything where there are none. Lacks those that cannot be obeyed. */
    static List<RouteMatch> compile(@Nullable List<HTTPRouteMatch> written, Field rule, Mistakes mistakes) {
        if (written == null || written.isEmpty()) {
            return List.of(RouteMatch.path(PathMatch.ALL));
        }
        List<RouteMatch> matches = new ArrayList<>(written.size());
        for (int i = 0; i < written.size(); i++) {
            compile(written.get(i), rule.of("matches", i), mistakes).ifPresent(matches::add);
        }
        return matches;
    }

    /** Empty, with mistakes added, where a part of the match cannot be obeyed. */
    private static Optional<RouteMatch> compile(@Nullable HTTPRouteMatch match, Field at, Mistakes mistakes) {
        if (match == null) {
            return Optional.of(RouteMatch.path(PathMatch.ALL));
        }
        Optional<PathMatch> path = path(match.getPath(), at.of("path"), mistakes);
        Optional<List<String>> methods = methods(match.getMethod(), at.of("method"), mistakes);
        Optional<List<FieldMatch>> headers = HeaderMatches.compile(
                Objects.requireNonNullElse(match.getHeaders(), List.<HTTPHeaderMatch>of()),
                header -> new HeaderMatches.Written(header.getName(), header.getType(), header.getValue()),
                at,
                mistakes);
        Optional<List<FieldMatch>> query = query(match.getQueryParams(), at, mistakes);
        if (path.isEmpty() || methods.isEmpty() || headers.isEmpty() || query.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new RouteMatch(path.get(), methods.get(), headers.get(), query.get(), List.of(), Optional.empty()));
    }

    /** What holds where both the rule's match and a narrowing of a RouteFilter hold; empty: no request can. */
    static Optional<RouteMatch> narrow(RouteMatch match, RouteMatch narrowing) {
        List<String> methods = match.methods();
        if (methods.isEmpty()) {
            methods = narrowing.methods();
        } else if (!narrowing.methods().isEmpty()) {
            methods = methods.stream().filter(narrowing.methods()::contains).toList();
            if (methods.isEmpty()) {
                return Optional.empty();
            }
        }
        return Optional.of(new RouteMatch(
                match.path(),
                methods,
                both(match.headers(), narrowing.headers()),
                both(match.query(), narrowing.query()),
                both(match.cookies(), narrowing.cookies()),
                match.grpc()));
    }

    private static List<FieldMatch> both(List<FieldMatch> one, List<FieldMatch> other) {
        if (other.isEmpty()) {
            return one;
        }
        Set<FieldMatch> all = new LinkedHashSet<>(one);
        all.addAll(other);
        return List.copyOf(all);
    }

    private static Optional<PathMatch> path(@Nullable HTTPPathMatch path, Field at, Mistakes mistakes) {
        if (path == null) {
            return Optional.of(PathMatch.ALL);
        }
        String value = Objects.requireNonNullElse(path.getValue(), "/");
        Field valueAt = at.of("value");
        return switch (Objects.requireNonNullElse(path.getType(), "PathPrefix")) {
            case "Exact" -> Paths.normal(value, valueAt, mistakes).map(PathMatch::exact);
            case "PathPrefix" -> Paths.normal(value, valueAt, mistakes).map(PathMatch::prefix);
            case "RegularExpression" -> Tokens.regex(value, valueAt, mistakes).map(PathMatch::regex);
            default -> {
                HeaderMatches.unknown(
                        path.getType(), at.of("type"), "Exact, PathPrefix or RegularExpression", mistakes);
                yield Optional.empty();
            }
        };
    }

    private static Optional<List<String>> methods(@Nullable String method, Field at, Mistakes mistakes) {
        if (method == null) {
            return Optional.of(List.of());
        }
        if (!METHODS.contains(method)) {
            HeaderMatches.unknown(
                    method, at, "GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE or PATCH", mistakes);
            return Optional.empty();
        }
        return Optional.of(List.of(method));
    }

    private static Optional<List<FieldMatch>> query(
            @Nullable List<HTTPQueryParamMatch> parameters, Field match, Mistakes mistakes) {
        List<FieldMatch> matches = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        List<HTTPQueryParamMatch> written = Objects.requireNonNullElse(parameters, List.of());
        boolean whole = true;
        for (int i = 0; i < written.size(); i++) {
            Field at = match.of("queryParams", i);
            HTTPQueryParamMatch parameter = written.get(i);
            String name = Objects.requireNonNullElse(parameter.getName(), "");
            if (!Tokens.isToken(name)) {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("name"),
                        "\"" + Tokens.shown(name) + "\" is no parameter name: use letters, digits, '-', '_' and '.'");
                whole = false;
            } else if (seen.add(name)) {
                Optional<FieldMatch> field =
                        HeaderMatches.field(name, parameter.getType(), parameter.getValue(), at, mistakes);
                field.ifPresent(matches::add);
                whole &= field.isPresent();
            }
        }
        return whole ? Optional.of(matches) : Optional.empty();
    }
}
