package dev.moorgate.cli;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Runs the operator's compiler on what the manifests hold, with ports and addresses of this machine. One thread. */
final class ManifestCompiler {
    private final LoopbackPorts ports;
    private final InstantSource clock;
    private final RouteTableCompiler compiler = new RouteTableCompiler();

    ManifestCompiler(LoopbackPorts ports, InstantSource clock) {
        this.ports = ports;
        this.clock = clock;
    }

    Compilation compile(ManifestSource.Reading reading, KeyRing keys) {
        ports.allot(owners(reading));
        return compiler.compile(snapshot(reading), settings().withMasterKeys(keys));
    }

    /** The short cut where nothing but endpoints changed: no route is compiled. */
    EndpointTable endpoints(ManifestSource.Reading reading, RouteTable table) {
        return compiler.endpoints(snapshot(reading), settings(), table);
    }

    private CompileSettings settings() {
        return CompileSettings.standard(ports, ports::addresses, clock.instant())
                .withEndpointAddresses(CompileSettings.EndpointAddresses.ANY);
    }

    private static ClusterSnapshot snapshot(ManifestSource.Reading reading) {
        var builder = ClusterSnapshot.builder();
        reading.objects().forEach(object -> builder.add(object.object()));
        return builder.build();
    }

    private static NavigableMap<SourceRef, NavigableSet<Integer>> owners(ManifestSource.Reading reading) {
        Set<String> classes = new HashSet<>();
        for (ManifestObject object : reading.objects()) {
            if (object.object() instanceof GatewayClass gatewayClass
                    && gatewayClass.getSpec() != null
                    && CompileSettings.GATEWAY_CONTROLLER.equals(
                            gatewayClass.getSpec().getControllerName())) {
                classes.add(gatewayClass.getMetadata().getName());
            }
        }
        var owners = new TreeMap<SourceRef, NavigableSet<Integer>>();
        for (ManifestObject object : reading.objects()) {
            HasMetadata kubernetes = object.object();
            if (kubernetes instanceof Ingress) {
                owners.put(ListenerPorts.INGRESS, new TreeSet<>(Set.of(80, 443)));
            } else if (kubernetes instanceof Gateway gateway
                    && gateway.getSpec() != null
                    && classes.contains(gateway.getSpec().getGatewayClassName())) {
                var wanted = new TreeSet<Integer>();
                gateway.getSpec().getListeners().forEach(listener -> {
                    if (listener.getPort() != null) {
                        wanted.add(listener.getPort());
                    }
                });
                owners.put(
                        SourceRef.of(
                                "Gateway",
                                gateway.getMetadata().getNamespace(),
                                gateway.getMetadata().getName()),
                        wanted);
            }
        }
        return owners;
    }
}
