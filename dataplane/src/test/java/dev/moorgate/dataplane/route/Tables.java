package dev.moorgate.dataplane.route;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Listeners and routes in few words. */
final class Tables {
    private static final SourceRef SOURCE = SourceRef.of("Ingress", "shop", "web");

    private Tables() {}

    static Listener listener(VirtualHost... hosts) {
        return listener(List.of(hosts));
    }

    static Listener listener(List<VirtualHost> hosts) {
        return new Listener("ingress/80", SOURCE, Listener.Protocol.HTTP, 80, "", 0, 80, Optional.empty(), hosts);
    }

    static VirtualHost host(HostPattern pattern, Route... routes) {
        return new VirtualHost(pattern, "", List.of(routes), VirtualHost.Unmatched.NEXT_HOST);
    }

    static VirtualHost isolated(HostPattern pattern, Route... routes) {
        return new VirtualHost(pattern, "", List.of(routes), VirtualHost.Unmatched.NOT_FOUND);
    }

    static Route route(String name, PathMatch path) {
        return route(name, RouteMatch.path(path));
    }

    static Route route(String name, RouteMatch match) {
        return new Route(name, SOURCE, match, List.of(), Forward.NOWHERE, RoutePolicy.STANDARD);
    }

    static RouteMatch methods(PathMatch path, String... methods) {
        return new RouteMatch(path, List.of(methods), List.of(), List.of(), List.of(), Optional.empty());
    }

    static RouteMatch headers(PathMatch path, FieldMatch... headers) {
        return new RouteMatch(path, List.of(), List.of(headers), List.of(), List.of(), Optional.empty());
    }

    static RouteMatch query(FieldMatch... query) {
        return new RouteMatch(PathMatch.ALL, List.of(), List.of(), List.of(query), List.of(), Optional.empty());
    }

    static RouteMatch cookies(FieldMatch... cookies) {
        return new RouteMatch(PathMatch.ALL, List.of(), List.of(), List.of(), List.of(cookies), Optional.empty());
    }

    static RouteMatch grpc(GrpcMatch call) {
        return new RouteMatch(PathMatch.ALL, List.of(), List.of(), List.of(), List.of(), Optional.of(call));
    }

    static Router<String> router(Listener listener) {
        return Router.of(listener, Route::name, null);
    }

    /** The name of the route that wins, or {@code no host}, {@code no route}. */
    static String decide(Router<String> router, RequestHead head) {
        return switch (router.decide(head)) {
            case RouteDecision.Found<String> found -> found.plan();
            case RouteDecision.NoHost<String> none -> "no host";
            case RouteDecision.NoRoute<String> none -> "no route";
        };
    }

    /** The same, the slow and plain way: every host in order of precedence, every route in order. */
    static String scan(Listener listener, RequestHead head) {
        List<VirtualHost> hosts = new ArrayList<>(listener.virtualHosts());
        hosts.sort((a, b) -> {
            int kind = Boolean.compare(isWild(a), isWild(b));
            int any = Boolean.compare(
                    a.host().kind() == HostPattern.Kind.ANY, b.host().kind() == HostPattern.Kind.ANY);
            int length =
                    Integer.compare(b.host().value().length(), a.host().value().length());
            return kind != 0
                    ? kind
                    : any != 0
                            ? any
                            : length != 0
                                    ? length
                                    : a.host().kind().compareTo(b.host().kind());
        });
        boolean covered = false;
        for (VirtualHost host : hosts) {
            if (host.host().matches(head.host())) {
                covered = true;
                for (Route route : host.routes()) {
                    if (matches(route.match(), head)) {
                        return route.name();
                    }
                }
                if (host.unmatched() == VirtualHost.Unmatched.NOT_FOUND) {
                    break;
                }
            }
        }
        return covered ? "no route" : "no host";
    }

    private static boolean isWild(VirtualHost host) {
        return host.host().kind() != HostPattern.Kind.EXACT;
    }

    private static boolean matches(RouteMatch match, RequestHead head) {
        String path = head.path();
        String value = match.path().value();
        boolean fits = switch (match.path().kind()) {
            case EXACT -> path.equals(value);
            case PREFIX -> value.isEmpty() || path.equals(value) || path.startsWith(value + "/");
            case REGEX -> path.matches(value);
        };
        boolean call = match.grpc()
                .map(grpc -> {
                    String service = grpc.service().orElse("[^/]+");
                    String method = grpc.method().orElse("[^/]*");
                    return path.matches("/" + service + "/" + method);
                })
                .orElse(true);
        return fits
                && call
                && (match.methods().isEmpty() || match.methods().contains(head.method()))
                && match.headers().stream().allMatch(field -> holds(field, head.joinedValue(field.name())))
                && match.cookies().stream().allMatch(field -> holds(field, head.cookie(field.name())));
    }

    private static boolean holds(FieldMatch field, String value) {
        return value != null
                && switch (field.kind()) {
                    case EXACT -> value.equals(field.value());
                    case REGEX -> value.matches(field.value());
                    case PRESENT -> true;
                };
    }
}
