package dev.moorgate.operator.compile.gateway;

/** What the compiler of Gateway API remembers of the last compile, all of it by immutable inputs. One compile at a time. */
public final class GatewayMemo {
    final RouteMemo routes = new RouteMemo();
    final HostMemo hosts = new HostMemo();

    /** A compile is over: what it did not use is forgotten. */
    public void turn() {
        routes.turn();
        hosts.turn();
    }
}
