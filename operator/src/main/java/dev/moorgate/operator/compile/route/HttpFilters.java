package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.RouteExtensions;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendObjectReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Fraction;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRequestMirrorFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.LocalObjectReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The filters of a rule or of a backendRef, in their order. */
final class HttpFilters {
    private static final Set<String> REPEATABLE = Set.of("RequestMirror", "ExtensionRef");
    private static final Set<String> OF_GRPC =
            Set.of("RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef");

    private final Surroundings surroundings;
    private final Mistakes invalid;
    private final Mistakes unresolved;

    /**
     * @param invalid gets what makes the rule invalid
     * @param unresolved gets references that lead nowhere
     */
    HttpFilters(Surroundings surroundings, Mistakes invalid, Mistakes unresolved) {
        this.surroundings = surroundings;
        this.invalid = invalid;
        this.unresolved = unresolved;
    }

    /**
     * What the filters come to.
     *
     * @param narrowings each list is an alternative that must hold in addition to the match
     * @param isBroken a reference to an extension leads nowhere: requests get 500, for a filter must not be skipped
     */
    record Chain(List<Filter> filters, List<List<RouteMatch>> narrowings, boolean isBroken) {
        static final Chain EMPTY = new Chain(List.of(), List.of(), false);

        /** Whether requests are answered here, without an upstream. */
        boolean isAnswering() {
            return filters.stream()
                    .anyMatch(filter -> filter instanceof Filter.Redirect || filter instanceof Filter.DirectResponse);
        }
    }

    Chain compile(@Nullable List<HTTPRouteFilter> written, PathMatch match, Field owner) {
        if (written == null || written.isEmpty()) {
            return Chain.EMPTY;
        }
        List<Filter> filters = new ArrayList<>();
        List<List<RouteMatch>> narrowings = new ArrayList<>();
        boolean isBroken = false;
        Set<String> types = new HashSet<>();
        for (int i = 0; i < written.size(); i++) {
            HTTPRouteFilter filter = written.get(i);
            Field at = owner.of("filters", i);
            String type = Objects.requireNonNullElse(filter.getType(), "");
            combine(type, types, at);
            if (type.equals("ExtensionRef")) {
                switch (extension(filter.getExtensionRef(), at.of("extensionRef"))) {
                    case RouteExtensions.Resolution.Resolved resolved -> {
                        filters.addAll(resolved.filters());
                        if (!resolved.narrowings().isEmpty()) {
                            narrowings.add(resolved.narrowings());
                        }
                    }
                    case RouteExtensions.Resolution.Unresolved nowhere -> {
                        unresolved.add(nowhere.reason(), at.of("extensionRef"), nowhere.message());
                        isBroken = true;
                    }
                }
            } else {
                one(type, filter, match, at).ifPresent(filters::add);
            }
        }
        return new Chain(filters, narrowings, isBroken);
    }

    private void combine(String type, Set<String> types, Field at) {
        if (!types.add(type) && !REPEATABLE.contains(type)) {
            invalid.add(Reason.INCOMPATIBLE_FILTERS, at, type + " stands here a second time: merge the two");
        }
        if (types.contains("RequestRedirect") && types.contains("URLRewrite")) {
            invalid.add(
                    Reason.INCOMPATIBLE_FILTERS,
                    at,
                    "RequestRedirect and URLRewrite cannot be combined: remove one of them");
        }
    }

    private Optional<Filter> one(String type, HTTPRouteFilter filter, PathMatch match, Field at) {
        String known = surroundings.isGrpc() && !OF_GRPC.contains(type) ? "" : type;
        return switch (known) {
            case "RequestHeaderModifier" ->
                body(filter.getRequestHeaderModifier(), "requestHeaderModifier", at)
                        .map(body -> new Filter.RequestHeaders(
                                HeaderFilters.compile(body, at.of("requestHeaderModifier"), invalid)));
            case "ResponseHeaderModifier" ->
                body(filter.getResponseHeaderModifier(), "responseHeaderModifier", at)
                        .map(body -> new Filter.ResponseHeaders(
                                HeaderFilters.compile(body, at.of("responseHeaderModifier"), invalid)));
            case "RequestRedirect" ->
                body(filter.getRequestRedirect(), "requestRedirect", at)
                        .flatMap(body -> UrlFilters.redirect(body, match, at.of("requestRedirect"), invalid));
            case "URLRewrite" ->
                body(filter.getUrlRewrite(), "urlRewrite", at)
                        .flatMap(body -> UrlFilters.rewrite(body, match, at.of("urlRewrite"), invalid));
            case "RequestMirror" ->
                body(filter.getRequestMirror(), "requestMirror", at)
                        .flatMap(body -> mirror(body, at.of("requestMirror")));
            case "CORS" ->
                body(filter.getCors(), "cors", at).map(body -> CorsFilters.compile(body, at.of("cors"), invalid));
            default -> {
                invalid.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("type"),
                        "filter \"" + Tokens.shown(type) + "\" is not supported: remove it");
                yield Optional.empty();
            }
        };
    }

    private <T> Optional<T> body(@Nullable T body, String name, Field at) {
        if (body == null) {
            invalid.add(Reason.UNSUPPORTED_VALUE, at, "has no " + name + ", which its type needs: add it");
        }
        return Optional.ofNullable(body);
    }

    /** A mirror whose target cannot be resolved is left out; the route says so. */
    private Optional<Filter> mirror(HTTPRequestMirrorFilter mirror, Field at) {
        Fraction fraction = mirror.getFraction();
        Integer percent = mirror.getPercent();
        if (fraction != null && percent != null) {
            invalid.add(Reason.UNSUPPORTED_VALUE, at, "has both percent and fraction: write one of them");
        }
        int numerator = fraction != null
                ? Objects.requireNonNullElse(fraction.getNumerator(), 0)
                : Objects.requireNonNullElse(percent, 100);
        int denominator = fraction == null ? 100 : Objects.requireNonNullElse(fraction.getDenominator(), 100);
        if (denominator < 1 || numerator < 0 || numerator > denominator) {
            invalid.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of(fraction == null ? "percent" : "fraction"),
                    numerator + " of " + denominator + " is no share: write 0 to all of the requests");
            return Optional.empty();
        }
        Optional<BackendObjectReference> backend = body(mirror.getBackendRef(), "backendRef", at);
        return backend.flatMap(ref -> surroundings.backend(
                        new Backends.Reference(
                                ref.getGroup(), ref.getKind(), ref.getNamespace(), ref.getName(), ref.getPort()),
                        at.of("backendRef"),
                        unresolved))
                .map(upstream -> new Filter.Mirror(upstream, numerator, denominator));
    }

    private RouteExtensions.Resolution extension(@Nullable LocalObjectReference ref, Field at) {
        if (ref == null) {
            invalid.add(Reason.UNSUPPORTED_VALUE, at, "is absent, but the filter's type needs it: add it");
            return new RouteExtensions.Resolution.Unresolved(Reason.UNSUPPORTED_VALUE, "is absent");
        }
        return surroundings.extension(
                Objects.requireNonNullElse(ref.getGroup(), ""),
                Objects.requireNonNullElse(ref.getKind(), ""),
                Objects.requireNonNullElse(ref.getName(), ""));
    }
}
