package dev.moorgate.dataplane.route;

import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.VirtualHost;

/** What a {@link Router} says about one request. All values are made with the router, none for a request. */
public sealed interface RouteDecision<P> {
    /** The route that takes the request, and what its owner has planned for it. */
    record Found<P>(Route route, P plan, VirtualHost host) implements RouteDecision<P> {}

    /** No virtual host of the listener covers the request's host. */
    record NoHost<P>() implements RouteDecision<P> {}

    /** A virtual host covers the request's host, but none of its routes takes the request. */
    record NoRoute<P>() implements RouteDecision<P> {}
}
