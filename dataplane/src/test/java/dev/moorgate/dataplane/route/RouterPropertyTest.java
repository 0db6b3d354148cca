package dev.moorgate.dataplane.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On any table and any request the index says what a scan of all routes in order says, and the explanation agrees. */
class RouterPropertyTest {
    private static final List<String> LABELS = List.of("a", "b", "shop", "example.com", "com");
    private static final List<String> SEGMENTS = List.of("a", "b", "ab", "v1", "v2", "x.y");
    private static final List<String> EXPRESSIONS = List.of(
            "/a/.*", "/a/b", "/v[12]/a", ".*", "/a(/b)?", "/ab?/a.*", "^/a/b/.*$", "/a/x\\.y", "/a|/b", "/a+/b");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void indexAndScanAgree(long seed) {
        Random random = new Random(seed);
        for (int table = 0; table < 25; table++) {
            Listener listener = listener(random);
            Router<String> router = Router.of(listener, Route::name, null);
            for (int i = 0; i < 80; i++) {
                RequestHead head = request(random);

                String decision = Tables.decide(router, head);

                assertThat(decision)
                        .as("%s %s%s in %s", head.method(), head.host(), head.path(), listener)
                        .isEqualTo(Tables.scan(listener, head));
                assertThat(router.explain(head).winner().map(Route::name))
                        .isEqualTo(Optional.of(decision).filter(name -> !name.startsWith("no ")));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void aRouterThatReusesAnotherDecidesAsAFreshOne(long seed) {
        Random random = new Random(seed);
        Router<String> router = null;
        for (int table = 0; table < 40; table++) {
            Listener listener = listener(random);
            router = Router.of(listener, Route::name, router);
            for (int i = 0; i < 40; i++) {
                RequestHead head = request(random);

                assertThat(Tables.decide(router, head)).isEqualTo(Tables.scan(listener, head));
            }
        }
    }

    private static Listener listener(Random random) {
        List<VirtualHost> hosts = new ArrayList<>();
        Set<HostPattern> seen = new HashSet<>();
        int wanted = 1 + random.nextInt(6);
        for (int i = 0; i < wanted; i++) {
            HostPattern pattern = pattern(random);
            if (seen.add(pattern)) {
                List<Route> routes = new ArrayList<>();
                int count = random.nextInt(12);
                for (int k = 0; k < count; k++) {
                    routes.add(Tables.route(pattern + "#" + pattern.kind() + k, match(random)));
                }
                Collections.shuffle(routes, random);
                hosts.add(new VirtualHost(
                        pattern,
                        "",
                        routes,
                        random.nextInt(4) == 0 ? VirtualHost.Unmatched.NOT_FOUND : VirtualHost.Unmatched.NEXT_HOST));
            }
        }
        return Tables.listener(hosts);
    }

    private static HostPattern pattern(Random random) {
        String name = host(random);
        return switch (random.nextInt(5)) {
            case 0 -> HostPattern.ANY;
            case 1 -> HostPattern.wildcard("*." + name);
            case 2 -> HostPattern.oneLabel("*." + name);
            default -> HostPattern.exact(name);
        };
    }

    private static String host(Random random) {
        StringBuilder name = new StringBuilder(any(LABELS, random));
        for (int more = random.nextInt(3); more > 0; more--) {
            name.append('.').append(any(LABELS, random));
        }
        return name.toString();
    }

    private static RouteMatch match(Random random) {
        PathMatch path = switch (random.nextInt(7)) {
            case 0, 1 -> PathMatch.exact(path(random));
            case 2, 3 -> PathMatch.prefix(path(random));
            case 4, 5 -> PathMatch.regex(any(EXPRESSIONS, random));
            default -> PathMatch.ALL;
        };
        List<String> methods = random.nextInt(3) == 0 ? List.of(any(List.of("GET", "POST", "ODD"), random)) : List.of();
        List<FieldMatch> headers = random.nextInt(3) == 0 ? List.of(field("x-a", random)) : List.of();
        List<FieldMatch> cookies = random.nextInt(5) == 0 ? List.of(field("c", random)) : List.of();
        Optional<GrpcMatch> grpc = random.nextInt(6) == 0
                ? Optional.of(new GrpcMatch(
                        random.nextBoolean() ? Optional.of(any(SEGMENTS, random)) : Optional.empty(),
                        Optional.of(any(SEGMENTS, random)),
                        random.nextBoolean()))
                : Optional.empty();
        return new RouteMatch(path, methods, headers, List.of(), cookies, grpc);
    }

    private static FieldMatch field(String name, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> FieldMatch.present(name);
            case 1 -> FieldMatch.exact(name, any(List.of("1", "2"), random));
            default -> FieldMatch.regex(name, any(List.of("1.*", "[12]", "2"), random));
        };
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int more = random.nextInt(4); more > 0; more--) {
            path.append('/').append(any(SEGMENTS, random));
        }
        return path.isEmpty() || random.nextInt(5) == 0 ? path.append('/').toString() : path.toString();
    }

    private static RequestHead request(Random random) {
        List<String> fields = new ArrayList<>();
        for (int more = random.nextInt(3); more > 0; more--) {
            fields.add("X-A: " + any(List.of("1", "2", "12"), random));
        }
        if (random.nextBoolean()) {
            fields.add("Cookie: b=1; c=" + any(List.of("1", "2"), random));
        }
        return Heads.request(
                any(List.of("GET", "POST", "ODD", "PUT"), random),
                host(random),
                path(random),
                fields.toArray(String[]::new));
    }

    private static String any(List<String> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }
}
