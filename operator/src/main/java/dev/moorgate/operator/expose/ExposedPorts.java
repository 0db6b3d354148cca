package dev.moorgate.operator.expose;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.routetable.SourceRef;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Ports and addresses of one snapshot as the compiler asks for them: those of Gateways from their Services, those of Ingresses from the
 * release's own. Immutable.
 */
public final class ExposedPorts implements ListenerPorts, CompileSettings.PublishedAddresses {
    private final PortAllotment allotment;
    private final Map<Integer, Integer> ingressPorts;
    private final List<Place> places;

    private ExposedPorts(PortAllotment allotment, Map<Integer, Integer> ingressPorts, List<Place> places) {
        this.allotment = allotment;
        this.ingressPorts = ingressPorts;
        this.places = places;
    }

    /**
     * Where clients reach a Service.
     *
     * @param owner the Gateway, or INGRESS
     * @param port one that the Service has
     */
    public record Place(SourceRef owner, String address, int port) {}

    /**
     * Reads the Services of a snapshot.
     *
     * @param claims which GatewayClasses are ours
     * @param ingressService name of the Service that clients of Ingresses use, in the release's namespace
     * @param ingressPorts ports of the pods by declared port, such as 80 to 8080 and 443 to 8443
     */
    public static ExposedPorts read(
            ClusterSnapshot snapshot,
            ServiceSettings settings,
            Claims claims,
            String ingressService,
            Map<Integer, Integer> ingressPorts) {
        return new ExposedPorts(
                ServiceReader.allotment(snapshot, settings, claims),
                new TreeMap<>(ingressPorts),
                ServiceReader.places(snapshot, settings, ingressService));
    }

    public PortAllotment allotment() {
        return allotment;
    }

    @Override
    public Optional<BindPoint> find(SourceRef owner, int declaredPort) {
        if (owner.equals(INGRESS)) {
            return Optional.ofNullable(ingressPorts.get(declaredPort))
                    .map(port -> new BindPoint("", port, declaredPort));
        }
        var port = allotment.find(owner.namespace() + "/" + owner.name(), declaredPort);
        return port.isPresent() ? Optional.of(new BindPoint("", port.getAsInt(), declaredPort)) : Optional.empty();
    }

    @Override
    public boolean isIngressAlwaysBound() {
        return true;
    }

    /** In the order that the Services have. */
    public List<Place> places() {
        return places;
    }

    /** With no other places than these. */
    public ExposedPorts telling(Set<Place> told) {
        return new ExposedPorts(
                allotment, ingressPorts, places.stream().filter(told::contains).toList());
    }

    @Override
    public List<String> of(SourceRef owner) {
        return places.stream()
                .filter(place -> place.owner().equals(owner))
                .map(Place::address)
                .toList();
    }
}
