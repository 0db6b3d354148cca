package dev.moorgate.routetable;

import java.util.List;

/**
 * The routes of one host of a listener, in order of precedence.
 *
 * @param section the Gateway listener (sectionName) it belongs to; empty for Ingress
 * @param unmatched what happens to a request that none of the routes takes
 */
public record VirtualHost(HostPattern host, String section, List<Route> routes, Unmatched unmatched) {
    /** NEXT_HOST: the next less specific host that matches is tried; NOT_FOUND: 404 (listener isolation). */
    public enum Unmatched {
        NEXT_HOST,
        NOT_FOUND
    }

    public VirtualHost {
        routes = Checks.unique(routes, Route::name, "routes of host " + host);
    }
}
