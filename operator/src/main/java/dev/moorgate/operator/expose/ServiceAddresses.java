package dev.moorgate.operator.expose;

import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.LoadBalancerStatus;
import io.fabric8.kubernetes.api.model.Service;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where clients reach a Service. */
public final class ServiceAddresses {
    private ServiceAddresses() {}

    /** What the load balancer gave and the external ones; the cluster's own where a Service asks for neither. */
    public static List<String> of(Service service) {
        Set<String> addresses = new LinkedHashSet<>();
        LoadBalancerStatus given =
                service.getStatus() == null ? null : service.getStatus().getLoadBalancer();
        if (given != null) {
            for (LoadBalancerIngress one : given.getIngress()) {
                String address = one.getIp() != null && !one.getIp().isEmpty() ? one.getIp() : one.getHostname();
                if (address != null && !address.isEmpty()) {
                    addresses.add(address);
                }
            }
        }
        if (service.getSpec() != null) {
            addresses.addAll(service.getSpec().getExternalIPs());
            if (addresses.isEmpty() && !"LoadBalancer".equals(service.getSpec().getType())) {
                service.getSpec().getClusterIPs().stream()
                        .filter(address -> !address.equals("None"))
                        .forEach(addresses::add);
            }
        }
        return List.copyOf(addresses);
    }
}
