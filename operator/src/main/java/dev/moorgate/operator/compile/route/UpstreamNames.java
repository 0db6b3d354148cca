package dev.moorgate.operator.compile.route;

import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The upstreams that a route names: those of its shares and those of its mirrors. */
final class UpstreamNames {
    private UpstreamNames() {}

    static List<String> of(Route route) {
        List<String> names = new ArrayList<>();
        addMirrors(route.filters(), names);
        for (WeightedUpstream share : route.forward().upstreams()) {
            share.upstream().ifPresent(names::add);
            addMirrors(share.filters(), names);
        }
        return names;
    }

    private static void addMirrors(List<Filter> filters, List<String> names) {
        for (Filter filter : filters) {
            if (filter instanceof Filter.Mirror mirror) {
                names.add(mirror.upstream());
            }
        }
    }

    /** The route with each name replaced. */
    static Route map(Route route, UnaryOperator<String> names) {
        Forward forward = route.forward();
        return new Route(
                route.name(),
                route.source(),
                route.match(),
                map(route.filters(), names),
                new Forward(
                        forward.upstreams().stream()
                                .map(share -> map(share, names))
                                .toList(),
                        forward.session()),
                route.policy());
    }

    private static WeightedUpstream map(WeightedUpstream share, UnaryOperator<String> names) {
        return new WeightedUpstream(
                share.upstream().map(names), share.weight(), map(share.filters(), names), share.session());
    }

    private static List<Filter> map(List<Filter> filters, UnaryOperator<String> names) {
        return filters.stream()
                .map(filter -> filter instanceof Filter.Mirror mirror
                        ? new Filter.Mirror(names.apply(mirror.upstream()), mirror.numerator(), mirror.denominator())
                        : filter)
                .toList();
    }
}
