package dev.moorgate.routetable.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A change shows in the digests of the objects that it comes from, and in no other. */
class SourceDigestsTest {
    private static final SourceRef SERVICE = SourceRef.of("Service", "shop", "cart");
    private static final SourceRef CART = SourceRef.of("HTTPRoute", "shop", "cart");
    private static final SourceRef SEARCH = SourceRef.of("HTTPRoute", "shop", "search");

    private static Route route(SourceRef object, String path) {
        return new Route(
                object.name() + path,
                object.withRule("rules[0]"),
                RouteMatch.path(RouteMatch.PathMatch.prefix(path)),
                List.of(),
                Samples.to("shop/" + object.name() + "/80"),
                RoutePolicy.STANDARD);
    }

    private static RouteTable table(Upstream.Balancing balancing, Route... routes) {
        Upstream cart = Upstream.http("shop/cart/80", SERVICE)
                .with(balancing)
                .by(SourceRef.of("UpstreamPolicy", "shop", "cart"));
        Listener listener = Samples.http(Samples.host(HostPattern.ANY, routes));
        var search = Upstream.http("shop/search/80", SourceRef.of("Service", "shop", "search"));
        RouteTable empty = RouteTable.EMPTY;
        return new RouteTable(
                empty.settings(), List.of(listener), List.of(cart, search), List.of(), List.of(), List.of());
    }

    private static List<String> changed(RouteTable old, RouteTable next) {
        Map<SourceRef, String> before = new SourceDigests().of(old);
        Map<SourceRef, String> after = new SourceDigests().of(next);
        var all = new TreeSet<SourceRef>(before.keySet());
        all.addAll(after.keySet());
        return all.stream()
                .filter(object -> !before.getOrDefault(object, "").equals(after.getOrDefault(object, "")))
                .map(SourceRef::toString)
                .toList();
    }

    @Test
    void objectsAreNamedWithoutTheirRules() {
        assertThat(new SourceDigests().of(Samples.everything()).keySet())
                .allMatch(object -> object.rule().isEmpty())
                .extracting(SourceRef::toString)
                .contains(
                        "Gateway shop/edge",
                        "HTTPRoute shop/cart",
                        "KeyRing moorgate",
                        "Secret shop/example",
                        "Service shop/cart",
                        "StickyPolicy shop/cookie",
                        "UpstreamPolicy shop/cart");
    }

    @Test
    void routeOfAnotherObjectChangesNothingForItsNeighbours() {
        var one = table(Upstream.Balancing.RANDOM, route(CART, "/cart"));
        var two = table(Upstream.Balancing.RANDOM, route(SEARCH, "/search"), route(CART, "/cart"));

        assertThat(changed(one, two)).containsExactly("HTTPRoute shop/search");
    }

    @Test
    void upstreamCountsForTheRoutesThatUseIt() {
        var one = table(Upstream.Balancing.RANDOM, route(SEARCH, "/search"), route(CART, "/cart"));
        var two = table(Upstream.Balancing.ROUND_ROBIN, route(SEARCH, "/search"), route(CART, "/cart"));

        assertThat(changed(one, two))
                .containsExactly("HTTPRoute shop/cart", "Service shop/cart", "UpstreamPolicy shop/cart");
    }

    @Test
    void certificateCountsForItsSecretAndItsListener() {
        RouteTable table = Samples.everything();
        var certificates = new ArrayList<>(table.certificates());
        certificates.set(
                0,
                new dev.moorgate.routetable.Certificate(
                        certificates.getFirst().id(), "new chain", new Redacted("new key")));
        var next = new RouteTable(
                table.settings(),
                table.listeners(),
                table.upstreams(),
                table.sessions(),
                certificates,
                table.keyRings());

        assertThat(changed(table, next)).containsExactly("Gateway shop/edge", "Secret shop/example");
    }

    @Test
    void keyRingCountsByItself() {
        RouteTable table = Samples.everything();
        KeyRing ring = table.keyRings().getFirst();
        var next = new RouteTable(
                table.settings(),
                table.listeners(),
                table.upstreams(),
                table.sessions(),
                table.certificates(),
                List.of(new KeyRing(ring.name(), ring.keys().reversed())));

        assertThat(changed(table, next)).containsExactly("KeyRing moorgate");
    }

    @Test
    void keptDigestsAreThoseThatAFreshLookGives() {
        var digests = new SourceDigests();
        for (Record variant : Generated.variants(Samples.everything())) {
            assertThat(digests.of((RouteTable) variant)).isEqualTo(new SourceDigests().of((RouteTable) variant));
        }
    }
}
