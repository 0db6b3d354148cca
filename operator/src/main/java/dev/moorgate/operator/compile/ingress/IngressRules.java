package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Paths;
import dev.moorgate.operator.compile.StickySessions.RuleSessions;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.route.Surroundings;
import dev.moorgate.operator.compile.routepolicy.RuleLayers;
import dev.moorgate.operator.compile.upstream.Upstreams;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.SourceRef;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBackend;
import io.fabric8.kubernetes.api.model.networking.v1.IngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.IngressServiceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The rules and the default backend of one Ingress; a mistake costs its own host or path and nothing else. */
final class IngressRules {
    static final String SSL_REDIRECT = "moorgate.dev/ssl-redirect";

    private final Surroundings surroundings;
    private final Ingress ingress;
    private final ObjectRef object;
    private final IngressFilters filters;
    private final Optional<RuleSessions> sessions;
    private final RuleLayers layers;
    private final boolean toHttps;
    private final List<IngressPath> paths = new ArrayList<>();

    IngressRules(Surroundings surroundings, Ingress ingress, ObjectRef object) {
        this.surroundings = surroundings;
        this.ingress = ingress;
        this.object = object;
        this.filters = IngressFilters.of(surroundings, ingress, object);
        this.sessions = surroundings.sessions("");
        this.layers = surroundings.layers("", RuleLayers.Own.NONE);
        String redirect = Metadata.annotations(ingress).getOrDefault(SSL_REDIRECT, "false");
        this.toHttps = redirect.equals("true");
        if (!toHttps && !redirect.equals("false")) {
            surroundings
                    .report()
                    .error(
                            object,
                            Reason.UNSUPPORTED_VALUE,
                            "metadata.annotations[" + SSL_REDIRECT + "]",
                            "\"" + Tokens.shown(redirect) + "\" is neither true nor false: nothing is redirected");
        }
    }

    List<IngressPath> compile() {
        List<IngressRule> rules = Objects.requireNonNullElse(ingress.getSpec().getRules(), List.of());
        for (int i = 0; i < rules.size(); i++) {
            rule(rules.get(i), Field.SPEC.of("rules", i), "rules[" + i + "]");
        }
        IngressBackend fallback = ingress.getSpec().getDefaultBackend();
        if (fallback != null) {
            Field at = Field.SPEC.of("defaultBackend");
            add(HostPattern.ANY, PathMatch.ALL, at, "defaultBackend", forward(fallback, at), true);
        } else if (rules.isEmpty()) {
            error(Reason.INVALID, Field.SPEC, "has neither rules nor defaultBackend: nothing is served");
        }
        return paths;
    }

    private void rule(@Nullable IngressRule rule, Field at, String place) {
        if (rule == null) {
            error(Reason.PATH_INVALID, at, "is empty: remove it");
            return;
        }
        Optional<HostPattern> host = Hostnames.ingress(rule.getHost());
        if (host.isEmpty()) {
            error(
                    Reason.HOST_INVALID,
                    at.of("host"),
                    "\"" + Tokens.shown(Objects.requireNonNullElse(rule.getHost(), ""))
                            + "\" is no host name: write one such as shop.example.com, or *.example.com");
            return;
        }
        List<HTTPIngressPath> written = rule.getHttp() == null
                ? List.of()
                : Objects.requireNonNullElse(rule.getHttp().getPaths(), List.of());
        if (written.isEmpty()) {
            // A rule without paths sends its whole host to the default backend (IngressRuleValue).
            IngressBackend fallback = ingress.getSpec().getDefaultBackend();
            if (fallback != null) {
                add(host.get(), PathMatch.ALL, at, place, forward(fallback, Field.SPEC.of("defaultBackend")), false);
            } else {
                error(Reason.PATH_INVALID, at.of("http"), "has no paths, and there is no defaultBackend");
            }
            return;
        }
        for (int i = 0; i < written.size(); i++) {
            HTTPIngressPath path = written.get(i);
            Field here = at.of("http").of("paths", i);
            if (path == null) {
                error(Reason.PATH_INVALID, here, "is empty: remove it");
                continue;
            }
            Optional<PathMatch> match = match(path, here);
            if (match.isPresent()) {
                Forward forward = forward(path.getBackend(), here.of("backend"));
                add(host.get(), match.get(), here, place + ".paths[" + i + "]", forward, false);
            }
        }
    }

    private Optional<PathMatch> match(HTTPIngressPath path, Field at) {
        String type = Objects.requireNonNullElse(path.getPathType(), "");
        String text = Objects.requireNonNullElse(path.getPath(), "");
        boolean exact = type.equals("Exact");
        if (!exact && !type.equals("Prefix") && !type.equals("ImplementationSpecific")) {
            error(
                    Reason.PATH_INVALID,
                    at.of("pathType"),
                    type.isEmpty()
                            ? "is needed: write Exact, Prefix or ImplementationSpecific"
                            : "\"" + Tokens.shown(type) + "\" is none: write Exact, Prefix or ImplementationSpecific");
            return Optional.empty();
        }
        if (text.isEmpty() && !exact) {
            return Optional.of(PathMatch.ALL);
        }
        var mistakes = new Mistakes();
        Optional<String> normal = Paths.normal(text, at.of("path"), mistakes);
        for (Mistakes.Mistake mistake : mistakes.all()) {
            surroundings.report().error(object, Reason.PATH_INVALID, mistake.field(), mistake.message());
        }
        return normal.map(value -> exact ? PathMatch.exact(value) : PathMatch.prefix(value));
    }

    private Forward forward(@Nullable IngressBackend backend, Field at) {
        Optional<String> upstream = upstream(backend, at);
        Forward forward =
                new Forward(List.of(new WeightedUpstream(upstream, 1, List.of(), Optional.empty())), Optional.empty());
        return sessions.map(found -> found.hold(forward)).orElse(forward);
    }

    private Optional<String> upstream(@Nullable IngressBackend backend, Field at) {
        if (backend != null && backend.getResource() != null) {
            error(
                    Reason.RESOURCE_BACKEND_UNSUPPORTED,
                    at.of("resource"),
                    "is not supported, the path answers 500: use a service");
            return Optional.empty();
        }
        IngressServiceBackend service = backend == null ? null : backend.getService();
        if (service == null || service.getName() == null || service.getPort() == null) {
            error(Reason.SERVICE_NOT_FOUND, at, "needs service.name and service.port, the path answers 500");
            return Optional.empty();
        }
        Integer number = service.getPort().getNumber();
        String name = service.getPort().getName();
        if ((number == null) == (name == null || name.isEmpty())) {
            error(
                    Reason.SERVICE_PORT_NOT_FOUND,
                    at.of("service").of("port"),
                    "needs either a number or a name, the path answers 500");
            return Optional.empty();
        }
        return switch (surroundings.service(
                object.namespace(),
                service.getName(),
                number == null ? OptionalInt.empty() : OptionalInt.of(number),
                Objects.requireNonNullElse(name, ""))) {
            case Upstreams.Outcome.Found found -> Optional.of(found.upstream());
            case Upstreams.Outcome.Refused refused -> {
                error(Reason.NO_VALID_CA_CERTIFICATE, at.of("service"), refused.message() + ": the path answers 500");
                yield Optional.empty();
            }
            case Upstreams.Outcome.Missing missing -> {
                error(missing.reason(), at.of("service"), missing.message() + ": the path answers 500");
                yield Optional.empty();
            }
        };
    }

    private void add(HostPattern host, PathMatch match, Field at, String place, Forward forward, boolean isDefault) {
        SourceRef source = object.source().withRule(place);
        String name = "ingress/" + object.namespace() + "/" + object.name() + "/" + place;
        List<RouteMatch> matches = filters.narrow(RouteMatch.path(match));
        for (int i = 0; i < matches.size(); i++) {
            Route route = new Route(
                    matches.size() == 1 ? name : name + "/" + i,
                    source,
                    matches.get(i),
                    filters.filters(),
                    filters.isBroken() ? brokenForward() : forward,
                    layers.policy());
            paths.add(new IngressPath(
                    object,
                    at.toString(),
                    host,
                    route,
                    ingress,
                    paths.size(),
                    isDefault,
                    filters.isBroken(),
                    toHttps,
                    layers));
        }
    }

    /** A filter must not be skipped: where one is missing or broken the path answers 500. */
    private static Forward brokenForward() {
        return new Forward(
                List.of(new WeightedUpstream(Optional.empty(), 1, List.of(), Optional.empty())), Optional.empty());
    }

    private void error(Reason reason, Field at, String message) {
        surroundings.report().error(object, reason, at.toString(), message);
    }
}
