package dev.moorgate.cli;

import dev.moorgate.cli.manifest.ManifestObject;
import dev.moorgate.cli.manifest.ManifestSource;
import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
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
    private ClusterSnapshot last = ClusterSnapshot.builder().build();
    private List<ManifestObject> lastObjects = List.of();

    ManifestCompiler(LoopbackPorts ports, InstantSource clock) {
        this.ports = ports;
        this.clock = clock;
    }

    Compilation compile(ManifestSource.Reading reading, KeyRing keys) {
        ClusterSnapshot snapshot = snapshot(reading);
        ports.allot(owners(snapshot));
        return compiler.compile(snapshot, settings().withMasterKeys(keys));
    }

    /** The short cut where nothing but endpoints changed: no route is compiled. */
    EndpointTable endpoints(ManifestSource.Reading reading, RouteTable table) {
        return compiler.endpoints(snapshot(reading), settings().endpointAddresses(), table);
    }

    private CompileSettings settings() {
        return CompileSettings.standard(ports, ports::addresses, clock.instant())
                .withEndpointAddresses(EndpointAddresses.any());
    }

    /** Where few objects changed, the last snapshot with those replaced. */
    @SuppressWarnings("ReferenceEquality") // what was not read again is the same object
    private ClusterSnapshot snapshot(ManifestSource.Reading reading) {
        List<ManifestObject> objects = reading.objects();
        List<ManifestObject> before = lastObjects;
        boolean isEdit = !before.isEmpty() && objects.size() == before.size();
        SnapshotBuilder builder = isEdit ? last.edit() : ClusterSnapshot.builder();
        for (int i = 0; i < objects.size(); i++) {
            if (!isEdit) {
                builder.add(objects.get(i).object());
            } else if (objects.get(i) != before.get(i)) {
                if (!objects.get(i).key().equals(before.get(i).key())) {
                    lastObjects = List.of();
                    return snapshot(reading);
                }
                builder.remove(before.get(i).object()).add(objects.get(i).object());
            }
        }
        last = builder.build();
        lastObjects = objects;
        return last;
    }

    /** Who wants which ports: the Ingresses together, and each Gateway of a class of ours. */
    private NavigableMap<SourceRef, NavigableSet<Integer>> owners(ClusterSnapshot snapshot) {
        Claims claims = settings().claims(snapshot);
        Set<String> classes = new HashSet<>();
        for (GatewayClass gatewayClass : snapshot.gatewayClasses()) {
            if (claims.isOurs(gatewayClass)) {
                classes.add(gatewayClass.getMetadata().getName());
            }
        }
        var owners = new TreeMap<SourceRef, NavigableSet<Integer>>();
        if (!snapshot.ingresses().isEmpty()) {
            owners.put(ListenerPorts.INGRESS, new TreeSet<>(Set.of(80, 443)));
        }
        for (Gateway gateway : snapshot.gateways()) {
            if (gateway.getSpec() != null && classes.contains(gateway.getSpec().getGatewayClassName())) {
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
