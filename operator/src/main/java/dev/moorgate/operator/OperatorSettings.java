package dev.moorgate.operator;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.expose.ServiceSettings;
import dev.moorgate.operator.watch.WatchScope;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the operator's process is told by its environment; the chart sets it.
 *
 * @param pod our own name, which is our identity towards the other replicas
 * @param service name of the release's own Service, which Ingresses are reached by
 * @param namespaces that are watched; empty: all
 * @param podSelector labels of the release's pods; empty: they are not watched
 * @param ingressPorts ports of the pods by declared port
 * @param privatePorts ports of the pods that are no listeners
 * @param serviceType of Gateways' Services
 * @param controlSocket of the data plane beside us
 * @param health where /healthz and /metrics are; absent: nowhere
 * @param replica where other replicas ask what we run; absent: nowhere
 */
public record OperatorSettings(
        String namespace,
        String dataPlane,
        String pod,
        String service,
        String lease,
        String secret,
        List<String> namespaces,
        NavigableMap<String, String> podSelector,
        String ingressController,
        String gatewayController,
        NavigableMap<Integer, Integer> ingressPorts,
        NavigableSet<Integer> privatePorts,
        String serviceType,
        Path controlSocket,
        Optional<InetSocketAddress> health,
        Optional<InetSocketAddress> replica) {
    public OperatorSettings {
        namespaces = List.copyOf(namespaces);
        podSelector = Collections.unmodifiableNavigableMap(new TreeMap<>(podSelector));
        ingressPorts = Collections.unmodifiableNavigableMap(new TreeMap<>(ingressPorts));
        privatePorts = Collections.unmodifiableNavigableSet(new TreeSet<>(privatePorts));
    }

    /**
     * Reads the variables {@code MOORGATE_…}.
     *
     * @throws IllegalArgumentException with a sentence for people
     */
    public static OperatorSettings of(Map<String, String> environment) {
        Variables variables = new Variables(environment);
        String dataPlane = variables.text("DATAPLANE", "moorgate");
        return new OperatorSettings(
                variables.required("NAMESPACE"),
                dataPlane,
                variables.text("POD", dataPlane),
                variables.text("SERVICE", dataPlane),
                variables.text("LEASE", dataPlane + "-leader"),
                variables.text("SECRET", dataPlane + "-keys"),
                variables.list("WATCH_NAMESPACES"),
                variables.labels("POD_SELECTOR"),
                variables.text("INGRESS_CONTROLLER", CompileSettings.INGRESS_CONTROLLER),
                variables.text("GATEWAY_CONTROLLER", CompileSettings.GATEWAY_CONTROLLER),
                new TreeMap<>(Map.of(80, variables.port("HTTP_PORT", 8080), 443, variables.port("HTTPS_PORT", 8443))),
                variables.privatePorts(),
                variables.text("GATEWAY_SERVICE_TYPE", "LoadBalancer"),
                Path.of(variables.required("CONTROL_SOCKET")),
                variables.address("HEALTH"),
                variables.address("REPLICA"));
    }

    WatchScope scope() {
        return new WatchScope(namespace, dataPlane, namespaces, selector());
    }

    ServiceSettings services() {
        return new ServiceSettings(dataPlane, namespace, dataPlane, podSelector, serviceType, Map.of(), Map.of());
    }

    private String selector() {
        return String.join(
                ",",
                podSelector.entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .toList());
    }

    private record Variables(Map<String, String> environment) {
        String text(String name, String otherwise) {
            String value = environment.getOrDefault("MOORGATE_" + name, "").strip();
            return value.isEmpty() ? otherwise : value;
        }

        String required(String name) {
            String value = text(name, "");
            if (value.isEmpty()) {
                throw new IllegalArgumentException("MOORGATE_" + name + " is not set");
            }
            return value;
        }

        List<String> list(String name) {
            return Arrays.stream(text(name, "").split(",", -1))
                    .map(String::strip)
                    .filter(item -> !item.isEmpty())
                    .toList();
        }

        NavigableMap<String, String> labels(String name) {
            NavigableMap<String, String> labels = new TreeMap<>();
            for (String label : list(name)) {
                int equals = label.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException("MOORGATE_" + name + ": " + label + " is not LABEL=VALUE");
                }
                labels.put(label.substring(0, equals), label.substring(equals + 1));
            }
            return labels;
        }

        /** The data plane's, and those that this process listens at itself. */
        NavigableSet<Integer> privatePorts() {
            NavigableSet<Integer> ports = new TreeSet<>();
            for (String port : text("DATAPLANE_PRIVATE_PORTS", "9900,9901").split(",", -1)) {
                ports.add(number("DATAPLANE_PRIVATE_PORTS", port.strip()));
            }
            address("HEALTH").map(InetSocketAddress::getPort).ifPresent(ports::add);
            address("REPLICA").map(InetSocketAddress::getPort).ifPresent(ports::add);
            return ports;
        }

        int port(String name, int otherwise) {
            return number(name, text(name, String.valueOf(otherwise)));
        }

        private static int number(String name, String value) {
            try {
                int port = Integer.parseInt(value);
                if (port >= 1 && port <= 65535) {
                    return port;
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("MOORGATE_" + name + ": " + value + " is no port", e);
            }
            throw new IllegalArgumentException("MOORGATE_" + name + ": " + value + " is no port");
        }

        Optional<InetSocketAddress> address(String name) {
            String value = text(name, "");
            if (value.isEmpty()) {
                return Optional.empty();
            }
            int colon = value.lastIndexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("MOORGATE_" + name + ": " + value + " is not HOST:PORT");
            }
            return Optional.of(
                    new InetSocketAddress(value.substring(0, colon), number(name, value.substring(colon + 1))));
        }
    }
}
