package dev.moorgate.operator.compile.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.VirtualHost;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClassBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeaderMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeaderMatchBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathMatchBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPQueryParamMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPQueryParamMatchBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatchBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRuleBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random routes and requests: the first match of the compiled table is the one that Gateway API's HTTPRouteSpec.hostnames and
 * HTTPRouteRule.matches choose, read word by word, from all matches of all routes (fault I11).
 */
class PrecedenceTest {
    private static final List<String> HOSTNAMES =
            List.of("shop.example.com", "*.example.com", "*.shop.example.com", "*.com", "a.shop.example.com");
    private static final List<String> HOSTS =
            List.of("shop.example.com", "a.shop.example.com", "b.example.com", "x.org");
    private static final List<String> LISTENERS = List.of("*", "*.example.com", "shop.example.com");
    private static final List<String> PATHS = List.of("/", "/a", "/a/", "/a/b", "/ab");
    private static final List<String> FIELDS = List.of("p", "q", "r");

    /** What a client sends. */
    private record Request(String host, String method, String path, Set<String> headers, Set<String> query) {}

    /** One match of one rule, with everything that the specification compares. */
    private record Candidate(HTTPRoute route, String hostname, HTTPRouteMatch match, int rule, int position) {
        String name() {
            return "httproute/default/" + route.getMetadata().getName() + "/rules[" + rule + "]"
                    + (position == 0 ? "" : ".matches[" + position + "]");
        }

        int preciseLength() {
            return hostname.startsWith("*") ? 0 : hostname.length();
        }

        int hostLength() {
            return hostname.length();
        }

        boolean isExact() {
            return match.getPath() != null && "Exact".equals(match.getPath().getType());
        }

        int prefixLength() {
            return isExact() ? 0 : prefix().length();
        }

        /** "When specified, a trailing '/' is ignored." */
        String prefix() {
            String value = match.getPath() == null ? "/" : match.getPath().getValue();
            return value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
        }

        boolean takes(Request request) {
            String path = request.path();
            boolean byPath =
                    isExact() ? path.equals(match.getPath().getValue()) : (path + "/").startsWith(prefix() + "/");
            return byPath
                    && (match.getMethod() == null || match.getMethod().equals(request.method()))
                    && match.getHeaders().stream().map(HTTPHeaderMatch::getName).allMatch(request.headers()::contains)
                    && match.getQueryParams().stream()
                            .map(HTTPQueryParamMatch::getName)
                            .allMatch(request.query()::contains);
        }
    }

    private static final Comparator<Candidate> SPECIFICATION = Comparator.comparingInt(Candidate::preciseLength)
            .reversed()
            .thenComparing(Comparator.comparingInt(Candidate::hostLength).reversed())
            .thenComparing(candidate -> !candidate.isExact())
            .thenComparing(Comparator.comparingInt(Candidate::prefixLength).reversed())
            .thenComparing(candidate -> candidate.match().getMethod() == null)
            .thenComparing(Comparator.comparingInt((Candidate candidate) ->
                            candidate.match().getHeaders().size())
                    .reversed())
            .thenComparing(Comparator.comparingInt((Candidate candidate) ->
                            candidate.match().getQueryParams().size())
                    .reversed())
            .thenComparing(candidate -> candidate.route().getMetadata().getCreationTimestamp())
            .thenComparing(candidate -> candidate.route().getMetadata().getName())
            .thenComparingInt(Candidate::rule)
            .thenComparingInt(Candidate::position);

    @RepeatedTest(40)
    void firstMatchOfTheTableIsTheSpecificationsChoice(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        String listener = pick(LISTENERS, random);
        List<HTTPRoute> routes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            routes.add(route("r" + i, random));
        }
        Collections.shuffle(routes, random);
        Listener compiled = compile(listener, routes);
        for (int i = 0; i < 200; i++) {
            Request request = new Request(
                    pick(HOSTS, random),
                    random.nextBoolean() ? "GET" : "POST",
                    pick(List.of("/", "/a", "/a/", "/a/b", "/a/b/c", "/ab"), random),
                    some(random),
                    some(random));
            assertThat(first(compiled, request))
                    .as("%s on listener %s", request, listener)
                    .isEqualTo(specified(listener, routes, request));
        }
    }

    private static Optional<String> specified(String listener, List<HTTPRoute> routes, Request request) {
        if (!listener.equals("*") && !covers(listener, request.host())) {
            return Optional.empty();
        }
        List<Candidate> candidates = new ArrayList<>();
        for (HTTPRoute route : routes) {
            List<String> hostnames = route.getSpec().getHostnames().isEmpty()
                    ? List.of("")
                    : route.getSpec().getHostnames();
            for (String hostname : hostnames) {
                if (hostname.isEmpty() || covers(hostname, request.host())) {
                    add(candidates, route, hostname);
                }
            }
        }
        return candidates.stream()
                .filter(candidate -> candidate.takes(request))
                .min(SPECIFICATION)
                .map(Candidate::name);
    }

    private static void add(List<Candidate> candidates, HTTPRoute route, String hostname) {
        for (int rule = 0; rule < route.getSpec().getRules().size(); rule++) {
            List<HTTPRouteMatch> matches = route.getSpec().getRules().get(rule).getMatches();
            for (int i = 0; i < matches.size(); i++) {
                candidates.add(new Candidate(route, hostname, matches.get(i), rule, i));
            }
        }
    }

    private static boolean covers(String hostname, String host) {
        return hostname.startsWith("*.") ? host.endsWith(hostname.substring(1)) : hostname.equals(host);
    }

    /** As the data plane goes through the table. */
    private static Optional<String> first(Listener listener, Request request) {
        for (VirtualHost host : listener.virtualHosts()) {
            if (host.host().matches(request.host())) {
                Optional<String> found = host.routes().stream()
                        .filter(route -> matches(route.match(), request))
                        .map(Route::name)
                        .findFirst();
                if (found.isPresent() || host.unmatched() == VirtualHost.Unmatched.NOT_FOUND) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean matches(RouteMatch match, Request request) {
        String value = match.path().value();
        boolean byPath = switch (match.path().kind()) {
            case EXACT -> request.path().equals(value);
            case PREFIX -> (request.path() + "/").startsWith(value + "/");
            case REGEX -> false;
        };
        return byPath
                && (match.methods().isEmpty() || match.methods().contains(request.method()))
                && match.headers().stream().allMatch(header -> request.headers().contains(header.name()))
                && match.query().stream().allMatch(field -> request.query().contains(field.name()));
    }

    private static Listener compile(String hostname, List<HTTPRoute> routes) {
        SnapshotBuilder builder = ClusterSnapshot.builder()
                .add(new GatewayClassBuilder()
                        .withNewMetadata()
                        .withName("moorgate")
                        .endMetadata()
                        .withNewSpec()
                        .withControllerName(CompileSettings.GATEWAY_CONTROLLER)
                        .endSpec()
                        .build())
                .add(new GatewayBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("edge")
                        .endMetadata()
                        .withNewSpec()
                        .withGatewayClassName("moorgate")
                        .addNewListener()
                        .withName("http")
                        .withPort(80)
                        .withProtocol("HTTP")
                        .withHostname(hostname.equals("*") ? null : hostname)
                        .endListener()
                        .endSpec()
                        .build())
                .addAll(routes);
        CompileSettings settings = CompileSettings.standard(
                (owner, port) -> Optional.of(new BindPoint("", 0, port)), owner -> List.of("192.0.2.1"), Instant.EPOCH);
        return new RouteTableCompiler()
                .compile(builder.build(), settings)
                .table()
                .listeners()
                .getFirst();
    }

    private static HTTPRoute route(String name, Random random) {
        List<HTTPRouteRule> rules = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            List<HTTPRouteMatch> matches = new ArrayList<>();
            for (int j = 0; j <= random.nextInt(3); j++) {
                matches.add(match(random));
            }
            rules.add(new HTTPRouteRuleBuilder().withMatches(matches).build());
        }
        List<String> hostnames = new ArrayList<>(HOSTNAMES);
        Collections.shuffle(hostnames, random);
        return new HTTPRouteBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .withCreationTimestamp("2026-01-0" + (1 + random.nextInt(3)) + "T00:00:00Z")
                .endMetadata()
                .withNewSpec()
                .addNewParentRef()
                .withName("edge")
                .endParentRef()
                .withHostnames(hostnames.subList(0, random.nextInt(3)))
                .withRules(rules)
                .endSpec()
                .build();
    }

    private static HTTPRouteMatch match(Random random) {
        return new HTTPRouteMatchBuilder()
                .withPath(
                        random.nextInt(4) == 0
                                ? null
                                : new HTTPPathMatchBuilder()
                                        .withType(random.nextInt(3) == 0 ? "Exact" : "PathPrefix")
                                        .withValue(pick(PATHS, random))
                                        .build())
                .withMethod(random.nextInt(3) == 0 ? "GET" : null)
                .withHeaders(some(random).stream()
                        .map(name -> new HTTPHeaderMatchBuilder()
                                .withName(name)
                                .withValue("1")
                                .build())
                        .toList())
                .withQueryParams(some(random).stream()
                        .map(name -> new HTTPQueryParamMatchBuilder()
                                .withName(name)
                                .withValue("1")
                                .build())
                        .toList())
                .build();
    }

    private static Set<String> some(Random random) {
        Set<String> some = new TreeSet<>();
        FIELDS.stream().filter(field -> random.nextInt(3) == 0).forEach(some::add);
        return some;
    }

    private static String pick(List<String> items, Random random) {
        return Objects.requireNonNull(items.get(random.nextInt(items.size())));
    }
}
