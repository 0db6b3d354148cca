package dev.moorgate.routetable;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One pod's port (or an address outside) that serves an upstream.
 *
 * @param key stable while the pod lives, whatever its address: UID and port, else namespace/Service/address:port
 * @param podName of the pod, for sessions bound by name; empty if unknown
 * @param ipv4 literal; at least one family is there
 * @param zone that it is in
 * @param forZones that Kubernetes wants it to serve (hints of EndpointSlices), sorted; empty: no hint
 */
public record Endpoint(
        String key,
        String podName,
        Optional<String> ipv4,
        Optional<String> ipv6,
        int port,
        Optional<String> zone,
        List<String> forZones,
        State state) {
    /** READY takes requests; DRAINING (terminating, still serving) keeps its sessions only. */
    public enum State {
        READY,
        DRAINING
    }

    public Endpoint {
        forZones = Checks.sorted(forZones, Function.identity(), "forZones");
        Checks.notBlank(key, "endpoint key");
        Checks.require(ipv4.isPresent() || ipv6.isPresent(), "endpoint " + key + " has no address");
        Checks.inRange(port, 1, 65535, "endpoint port");
    }

    /** Without a hint for zones. */
    public Endpoint(
            String key,
            String podName,
            Optional<String> ipv4,
            Optional<String> ipv6,
            int port,
            Optional<String> zone,
            State state) {
        this(key, podName, ipv4, ipv6, port, zone, List.of(), state);
    }

    /** The address that is connected to: IPv4 where both are known. */
    public String address() {
        return ipv4.or(() -> ipv6).orElseThrow();
    }
}
