package dev.moorgate.operator.expose;

import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayInfrastructure;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewaySpecAddress;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The Service of a Gateway as it should be. Pure: the same Gateway, ports and Service make the same, whoever asks. What others added to
 * the Service stays.
 */
public final class GatewayService {
    private static final String TCP = "TCP";
    private static final String MANAGED_BY = "app.kubernetes.io/managed-by";

    private GatewayService() {}

    /** Whether the Service is one that this release made for a Gateway. */
    public static boolean isOurs(Service service, ServiceSettings settings) {
        return ServiceReader.isOfGateway(service, settings);
    }

    /** The Gateway of one of our Services, as {@code namespace/name}. */
    public static String gateway(Service service) {
        return ServiceReader.gateway(service);
    }

    /**
     * A Service to create, or the existing one changed; empty: the Gateway has no port that could be served.
     *
     * @param owner uid of the release's DataPlane; empty: not known, and no owner is set
     * @param ports of the pods by declared port
     * @param http3 those of HTTPS have UDP beside TCP
     */
    public static Optional<Service> wanted(
            Gateway gateway,
            Optional<Service> existing,
            NavigableMap<Integer, Integer> ports,
            ServiceSettings settings,
            String owner,
            boolean http3) {
        if (ports.isEmpty()) {
            return Optional.empty();
        }
        String namespace = Metadata.namespace(gateway);
        String name = Metadata.name(gateway);
        Service service =
                existing.map(found -> new ServiceBuilder(found).build()).orElseGet(GatewayService::fresh);
        service.getMetadata().setNamespace(settings.namespace());
        service.getMetadata().setName(GatewayServiceNames.service(settings.release(), namespace, name));

        Map<String, String> labels = new TreeMap<>(Metadata.labels(service));
        Map<String, String> annotations = new TreeMap<>(Metadata.annotations(service));
        forget(labels, annotations);
        NavigableSet<String> lent = new TreeSet<>();
        lend(settings.labels(), "label ", labels, lent);
        lend(settings.annotations(), "annotation ", annotations, lent);
        GatewayInfrastructure infrastructure = gateway.getSpec().getInfrastructure();
        if (infrastructure != null) {
            lend(infrastructure.getLabels(), "label ", labels, lent);
            lend(infrastructure.getAnnotations(), "annotation ", annotations, lent);
        }
        labels.put(GatewayServiceNames.GATEWAY_NAME, GatewayServiceNames.label(name));
        labels.put(GatewayServiceNames.GATEWAY_NAMESPACE, namespace);
        labels.put(GatewayServiceNames.DATA_PLANE, settings.dataPlane());
        labels.put(MANAGED_BY, "moorgate");
        annotations.put(GatewayServiceNames.GATEWAY, namespace + "/" + name);
        annotations.put(GatewayServiceNames.INFRASTRUCTURE, String.join(",", lent));
        service.getMetadata().setLabels(labels);
        service.getMetadata().setAnnotations(annotations);
        if (!owner.isEmpty()) {
            service.getMetadata().setOwnerReferences(List.of(owner(settings.dataPlane(), owner)));
        }

        ServiceSpec spec = service.getSpec();
        spec.setType(settings.type());
        spec.setSelector(new TreeMap<>(settings.selector()));
        spec.setPorts(ports(spec.getPorts(), ports, http3 ? withoutHttps(gateway) : ports.keySet()));
        if (settings.type().equals("LoadBalancer")) {
            spec.setLoadBalancerIP(address(gateway).orElse(null));
        }
        return Optional.of(service);
    }

    private static Service fresh() {
        return new ServiceBuilder()
                .withNewMetadata()
                .endMetadata()
                .withNewSpec()
                .withIpFamilyPolicy("PreferDualStack")
                .endSpec()
                .build();
    }

    /** Takes back what was lent before, for it may not be wanted any more. */
    private static void forget(Map<String, String> labels, Map<String, String> annotations) {
        String before = annotations.getOrDefault(GatewayServiceNames.INFRASTRUCTURE, "");
        for (String one : List.of(before.split(",", -1))) {
            if (one.startsWith("label ")) {
                labels.remove(one.substring("label ".length()));
            } else if (one.startsWith("annotation ")) {
                annotations.remove(one.substring("annotation ".length()));
            }
        }
    }

    private static void lend(Map<String, String> from, String what, Map<String, String> to, NavigableSet<String> lent) {
        if (from != null) {
            from.forEach((key, value) -> {
                to.put(key, Objects.requireNonNullElse(value, ""));
                lent.add(what + key);
            });
        }
    }

    private static OwnerReference owner(String dataPlane, String uid) {
        return new OwnerReferenceBuilder()
                .withApiVersion("moorgate.dev/v1alpha1")
                .withKind("DataPlane")
                .withName(dataPlane)
                .withUid(uid)
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build();
    }

    /** By declared port; a port keeps the nodes' port that it was given. */
    private static List<ServicePort> ports(
            List<ServicePort> existing, NavigableMap<Integer, Integer> wanted, Set<Integer> tcpOnly) {
        List<ServicePort> ports = new ArrayList<>();
        wanted.forEach((declared, target) -> {
            ports.add(port("port-" + declared, TCP, declared, target, existing));
            if (!tcpOnly.contains(declared)) {
                ports.add(port("port-" + declared + "-h3", "UDP", declared, target, existing));
            }
        });
        return ports;
    }

    private static ServicePort port(
            String name, String protocol, Integer declared, Integer target, List<ServicePort> existing) {
        Optional<ServicePort> before = existing.stream()
                .filter(port -> declared.equals(port.getPort())
                        && protocol.equals(Objects.requireNonNullElse(port.getProtocol(), TCP)))
                .findFirst();
        return new ServicePortBuilder()
                .withName(name)
                .withProtocol(protocol)
                .withPort(declared)
                .withTargetPort(new IntOrString(target))
                .withNodePort(before.map(ServicePort::getNodePort).orElse(null))
                .build();
    }

    /** Ports that the Gateway declares for something else than HTTPS; those of its ListenerSets may be for HTTPS. */
    private static Set<Integer> withoutHttps(Gateway gateway) {
        Set<Integer> ports = new TreeSet<>();
        for (Listener listener : Objects.requireNonNullElse(gateway.getSpec().getListeners(), List.<Listener>of())) {
            if (listener != null && listener.getPort() != null && !"HTTPS".equals(listener.getProtocol())) {
                ports.add(listener.getPort());
            }
        }
        return ports;
    }

    /**
     * A load balancer may be asked for one address and decides itself; it is not asked for one that nobody could reach. External
     * addresses are never set for a Gateway: whoever may write one could take any address's traffic. What is not given the compiler
     * calls not usable.
     */
    private static Optional<String> address(Gateway gateway) {
        return Objects.requireNonNullElse(gateway.getSpec().getAddresses(), List.<GatewaySpecAddress>of()).stream()
                .filter(address ->
                        address.getType() == null || address.getType().equals("IPAddress"))
                .map(GatewaySpecAddress::getValue)
                .filter(value -> value != null && isReachable(value))
                .findFirst();
    }

    private static boolean isReachable(String value) {
        try {
            InetAddress address = InetAddress.ofLiteral(value);
            return !(address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || address.isLinkLocalAddress()
                    || address.isMulticastAddress());
        } catch (IllegalArgumentException noLiteral) {
            return false;
        }
    }
}
