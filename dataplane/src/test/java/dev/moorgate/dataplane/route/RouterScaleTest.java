package dev.moorgate.dataplane.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten thousand routes cost a request what ten cost: counted in candidates and slots looked at, not in time. */
class RouterScaleTest {

    @ParameterizedTest(name = "{0} routes in one host")
    @ValueSource(ints = {10, 1_000, 10_000})
    void aRequestLooksAtNoMoreThanItsOwnPrefixes(int routes) {
        List<Route> list = new ArrayList<>();
        for (int i = 0; i < routes; i++) {
            PathMatch path = switch (i % 3) {
                case 0 -> PathMatch.exact("/team" + i + "/item");
                case 1 -> PathMatch.prefix("/team" + i);
                default -> PathMatch.regex("/team" + i + "/v[0-9]+/.*");
            };
            list.add(Tables.route("r" + i, path));
        }
        PathIndex index = PathIndex.of(list, null);

        for (int i = 0; i < routes; i++) {
            String target = i % 3 == 2 ? "/team" + i + "/v1/x" : "/team" + i + "/item";
            assertThat(index.find(target, Heads.get("h", target))).isEqualTo(i);
            assertThat(index.candidates(target)).hasSize(1);
        }
        assertThat(index.longestProbe()).isLessThan(32);
    }

    @Test
    void oneChangedRouteCompilesItsOwnHostAndNoOther() {
        AtomicInteger planned = new AtomicInteger();
        List<VirtualHost> hosts = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            hosts.add(hostOf(i, "first"));
        }
        Listener before = Tables.listener(hosts);
        Router<String> router = Router.of(before, route -> plan(route, planned), null);
        assertThat(planned).hasValue(10_000);

        List<VirtualHost> changed = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            changed.add(hostOf(i, i == 500 ? "second" : "first"));
        }
        Router<String> next = Router.of(Tables.listener(changed), route -> plan(route, planned), router);

        assertThat(planned).hasValue(10_010);
        var head = Heads.get("host7.example.com", "/p3/x");
        assertThat(next.decide(head)).isSameAs(router.decide(head));
        assertThat(Tables.decide(next, Heads.get("host500.example.com", "/p3"))).isEqualTo("second500-3");
    }

    @Test
    void oneChangedRoutePlansNoOtherRouteOfItsHost() {
        AtomicInteger planned = new AtomicInteger();
        Route kept = Tables.route("kept", PathMatch.prefix("/kept"));
        HostPattern shop = HostPattern.exact("shop.example.com");
        Listener before = Tables.listener(Tables.host(shop, kept, Tables.route("cart", PathMatch.prefix("/cart"))));
        Listener after = Tables.listener(Tables.host(
                shop,
                Tables.route("cart", PathMatch.prefix("/cart/new")),
                Tables.route("kept", PathMatch.prefix("/kept"))));
        Router<String> router = Router.of(before, route -> plan(route, planned), null);

        Router<String> next = Router.of(after, route -> plan(route, planned), router);

        assertThat(planned).hasValue(3);
        assertThat(Tables.decide(next, Heads.get("shop.example.com", "/kept/x")))
                .isEqualTo("kept");
        assertThat(Tables.decide(next, Heads.get("shop.example.com", "/cart/new")))
                .isEqualTo("cart");
    }

    @Test
    void plansAreMadeAnewWhereAskedAndTheIndexesAreKept() {
        AtomicInteger planned = new AtomicInteger();
        Listener listener = Tables.listener(List.of(hostOf(1, "first")));
        Router<String> router = Router.of(listener, route -> plan(route, planned), null);

        Router<String> next = Router.replan(listener, route -> plan(route, planned) + "!", router);

        assertThat(planned).hasValue(20);
        assertThat(Tables.decide(next, Heads.get("host1.example.com", "/p3"))).isEqualTo("first1-3!");
    }

    private static String plan(Route route, AtomicInteger planned) {
        planned.incrementAndGet();
        return route.name();
    }

    private static VirtualHost hostOf(int number, String word) {
        Route[] routes = new Route[10];
        for (int i = 0; i < 10; i++) {
            routes[i] = Tables.route(word + number + "-" + i, PathMatch.prefix("/p" + i));
        }
        return Tables.host(HostPattern.exact("host" + number + ".example.com"), routes);
    }
}
