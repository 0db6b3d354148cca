package dev.moorgate.operator.compile.upstream;

/** What a route carries: where nothing says otherwise, its endpoints are spoken to accordingly. */
public enum Traffic {
    HTTP,
    GRPC;

    /** Of a kind of route. */
    public static Traffic of(String routeKind) {
        return routeKind.equals("GRPCRoute") ? GRPC : HTTP;
    }
}
