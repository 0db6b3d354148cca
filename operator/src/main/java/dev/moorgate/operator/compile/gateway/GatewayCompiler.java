package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Parts;

/** Gateway API v1 to listeners, virtual hosts and routes: classes, then Gateways, then routes, then each port. */
public final class GatewayCompiler {
    private final Parts parts;

    public GatewayCompiler(Parts parts) {
        this.parts = parts;
    }

    public void compile() {
        parts.snapshot().gatewayClasses();
    }
}
