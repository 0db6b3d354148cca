package dev.moorgate.operator.snapshot;

import dev.moorgate.routetable.Endpoint;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.List;

/** What a reference to a Service and one of its ports leads to. */
public sealed interface ServiceEndpoints {
    /**
     * The port exists.
     *
     * @param endpoints ready and draining ones, sorted by key; empty where the Service has none
     * @param unusable sentences about addresses that were left out
     */
    record Found(Service service, ServicePort port, List<Endpoint> endpoints, List<String> unusable)
            implements ServiceEndpoints {
        public Found {
            endpoints = List.copyOf(endpoints);
            unusable = List.copyOf(unusable);
        }
    }

    /** No such Service. */
    record NoService() implements ServiceEndpoints {}

    /**
     * The Service has no such TCP port.
     *
     * @param ports the ones it has, such as {@code http (80)}
     */
    record NoPort(List<String> ports) implements ServiceEndpoints {
        public NoPort {
            ports = List.copyOf(ports);
        }
    }

    /** The Service stands for a host name: refused, for it would let any author of a route reach any host. */
    record ExternalName(String host) implements ServiceEndpoints {}
}
