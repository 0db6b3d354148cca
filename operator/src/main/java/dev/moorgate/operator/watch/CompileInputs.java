package dev.moorgate.operator.watch;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.CompileSettings.KeyOutlook;
import dev.moorgate.operator.compile.CompileSettings.OwnKeys;
import dev.moorgate.operator.expose.ExposedPorts;
import dev.moorgate.operator.expose.ServiceSettings;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.routetable.KeyRing;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;

/**
 * What a compile needs beside the cluster's objects, for one release.
 *
 * @param dataPlane the release's own
 * @param ingressService name of the release's own Service
 * @param ingressPorts ports of the pods by declared port
 * @param privatePorts ports of the pods that are no listeners: nothing is forwarded to them
 * @param alpn what TLS listeners offer, in order of preference
 * @param keys of sticky sessions; absent: there are none yet
 * @param outlook how their rotation stands
 * @param ownKeys of policies that have their own
 */
public record CompileInputs(
        ObjectName dataPlane,
        String ingressController,
        String gatewayController,
        ServiceSettings services,
        String ingressService,
        Map<Integer, Integer> ingressPorts,
        Set<Integer> privatePorts,
        List<String> alpn,
        Supplier<Optional<KeyRing>> keys,
        Supplier<Optional<KeyOutlook>> outlook,
        Supplier<SortedMap<String, OwnKeys>> ownKeys,
        InstantSource clock) {

    ExposedPorts ports(ClusterSnapshot snapshot) {
        Claims claims = new Claims(snapshot.dataPlanes(), Optional.of(dataPlane), ingressController, gatewayController);
        return ExposedPorts.read(snapshot, services, claims, ingressService, ingressPorts);
    }

    /** @param pods addresses of the release's pods */
    EndpointAddresses addresses(Set<String> pods) {
        return EndpointAddresses.besides(pods, privatePorts);
    }

    /** @param pods addresses of the release's pods */
    CompileSettings settings(ExposedPorts ports, Set<String> pods) {
        CompileSettings standard = CompileSettings.standard(ports, ports, clock.instant());
        return new CompileSettings(
                Optional.of(dataPlane),
                ingressController,
                gatewayController,
                ports,
                ports,
                keys.get(),
                outlook.get(),
                ownKeys.get(),
                standard.proxy(),
                standard.timeouts(),
                standard.tls(),
                addresses(pods),
                alpn,
                standard.now());
    }
}
