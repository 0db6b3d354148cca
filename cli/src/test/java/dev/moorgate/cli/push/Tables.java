package dev.moorgate.cli.push;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import dev.moorgate.routetable.wire.Push;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Tables that a test can tell apart by a number. */
final class Tables {
    static final SourceRef SERVICE = SourceRef.of("Service", "shop", "cart");

    private Tables() {}

    static SourceRef object(int host) {
        return SourceRef.of("HTTPRoute", "shop", "r" + host);
    }

    /** Of forty hosts. */
    static RouteTable table(int number) {
        return table(number, 40);
    }

    /** Of some hosts, the first of which names the number. */
    static RouteTable table(int number, int hosts) {
        List<VirtualHost> all = IntStream.range(0, hosts)
                .mapToObj(host -> new VirtualHost(
                        HostPattern.exact("h%04d.example.com".formatted(host)),
                        "",
                        List.of(new Route(
                                "shop/r" + host,
                                object(host),
                                RouteMatch.path(RouteMatch.PathMatch.prefix(host == 0 ? "/n" + number : "/")),
                                List.of(),
                                new Forward(List.of(Forward.WeightedUpstream.to("shop/cart/8080")), Optional.empty()),
                                RoutePolicy.STANDARD)),
                        VirtualHost.Unmatched.NEXT_HOST))
                .toList();
        var listener = new Listener(
                "ingress/80",
                SourceRef.of("IngressClass", "", "moorgate"),
                Listener.Protocol.HTTP,
                80,
                "",
                0,
                80,
                Optional.empty(),
                all);
        return new RouteTable(
                ProxySettings.STANDARD,
                List.of(listener),
                List.of(Upstream.http("shop/cart/8080", SERVICE)),
                List.of(),
                List.of(),
                List.of());
    }

    /** The number that the endpoints say; the table may be of another. */
    static int numberOf(Push push) {
        return push.endpoints().upstreams().getFirst().endpoints().getFirst().port() - 1;
    }

    /** Whether it is what some push meant: table and endpoints of one number. */
    static boolean isWhole(Push push) {
        int number = numberOf(push);
        return push.table().equals(table(number)) && push.endpoints().equals(endpoints(number));
    }

    /** One endpoint whose port is the number. */
    static EndpointTable endpoints(int number) {
        return new EndpointTable(List.of(new UpstreamEndpoints(
                "shop/cart/8080",
                List.of(new Endpoint(
                        "uid/" + number,
                        "cart-0",
                        Optional.of("10.0.0.1"),
                        Optional.empty(),
                        number + 1,
                        Optional.empty(),
                        Endpoint.State.READY)))));
    }
}
