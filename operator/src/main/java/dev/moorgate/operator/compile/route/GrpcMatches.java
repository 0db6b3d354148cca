package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCMethodMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** GRPCRouteMatch to RouteMatch: service, method and headers. */
final class GrpcMatches {
    private static final Pattern SERVICE = Pattern.compile("\\.?[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*");
    private static final Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");
    private static final int LONGEST = 1024;

    private GrpcMatches() {}

    /** Those of a rule; one that takes every call where there are none. Lacks those that cannot be obeyed. */
    static List<RouteMatch> compile(@Nullable List<GRPCRouteMatch> written, Field rule, Mistakes mistakes) {
        if (written == null || written.isEmpty()) {
            return List.of(RouteMatch.path(PathMatch.ALL));
        }
        List<RouteMatch> matches = new ArrayList<>(written.size());
        for (int i = 0; i < written.size(); i++) {
            compile(written.get(i), rule.of("matches", i), mistakes).ifPresent(matches::add);
        }
        return matches;
    }

    private static Optional<RouteMatch> compile(@Nullable GRPCRouteMatch match, Field at, Mistakes mistakes) {
        if (match == null) {
            return Optional.of(RouteMatch.path(PathMatch.ALL));
        }
        Optional<List<FieldMatch>> headers = HeaderMatches.compile(
                Objects.requireNonNullElse(match.getHeaders(), List.of()),
                header -> new HeaderMatches.Written(header.getName(), header.getType(), header.getValue()),
                at,
                mistakes);
        GRPCMethodMatch method = match.getMethod();
        Optional<GrpcMatch> call = method == null ? Optional.empty() : call(method, at.of("method"), mistakes);
        if (headers.isEmpty() || method != null && call.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new RouteMatch(PathMatch.ALL, List.of(), headers.get(), List.of(), List.of(), call));
    }

    private static Optional<GrpcMatch> call(GRPCMethodMatch match, Field at, Mistakes mistakes) {
        String type = Objects.requireNonNullElse(match.getType(), "Exact");
        Optional<String> service = Optional.ofNullable(match.getService()).filter(text -> !text.isEmpty());
        Optional<String> method = Optional.ofNullable(match.getMethod()).filter(text -> !text.isEmpty());
        if (service.isEmpty() && method.isEmpty()) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at, "names neither a service nor a method: add one of them");
            return Optional.empty();
        }
        boolean isRegex = type.equals("RegularExpression");
        if (!isRegex && !type.equals("Exact")) {
            HeaderMatches.unknown(type, at.of("type"), mistakes);
            return Optional.empty();
        }
        boolean isValid = service.isEmpty() || isValid(service.get(), isRegex, SERVICE, at.of("service"), mistakes);
        isValid &= method.isEmpty() || isValid(method.get(), isRegex, METHOD, at.of("method"), mistakes);
        return isValid ? Optional.of(new GrpcMatch(service, method, isRegex)) : Optional.empty();
    }

    private static boolean isValid(String text, boolean isRegex, Pattern exact, Field at, Mistakes mistakes) {
        if (isRegex) {
            return Tokens.regex(text, at, mistakes).isPresent();
        }
        boolean isName = text.length() <= LONGEST && exact.matcher(text).matches();
        if (!isName) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "\"" + Tokens.shown(text)
                            + "\" is no gRPC name: use letters, digits and '_', in a service with dots");
        }
        return isName;
    }
}
