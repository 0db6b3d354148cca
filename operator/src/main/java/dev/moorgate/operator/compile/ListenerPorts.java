package dev.moorgate.operator.compile;

import dev.moorgate.routetable.SourceRef;
import java.util.Optional;

/**
 * Where each declared port is bound: in a cluster read back from the Gateways' Services, standalone an offset or a loopback
 * address. A pure look-up: the same question gets the same answer through one compile.
 */
@FunctionalInterface
public interface ListenerPorts {
    /**
     * The socket of one declared port; empty: none can be had, and the port is unavailable.
     *
     * @param owner the Gateway as a whole, or {@link #INGRESS}
     */
    Optional<BindPoint> find(SourceRef owner, int declaredPort);

    /**
     * Whether the ports of Ingress are bound even where no Ingress asks for them: a Service leads to them, and whoever checks it
     * should find a listener.
     */
    default boolean isIngressAlwaysBound() {
        return false;
    }

    /** The owner of the ports 80 and 443 that all Ingress resources share. */
    SourceRef INGRESS = SourceRef.of("Ingress", "", "*");

    /**
     * One socket.
     *
     * @param bindAddress IP literal; empty for all addresses of both families
     * @param publicPort what clients see
     */
    record BindPoint(String bindAddress, int bindPort, int publicPort) {}
}
