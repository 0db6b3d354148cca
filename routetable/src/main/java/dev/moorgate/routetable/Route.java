package dev.moorgate.routetable;

import java.util.List;

/**
 * One match of one rule. Routes stand in order of precedence: the first that matches takes the request.
 *
 * @param name unique in its virtual host, stable while its source stays, the label of its metrics
 */
public record Route(
        String name, SourceRef source, RouteMatch match, List<Filter> filters, Forward forward, RoutePolicy policy) {
    public Route {
        Checks.notBlank(name, "route name");
        filters = List.copyOf(filters);
    }
}
