package dev.moorgate.routetable;

import java.util.Optional;

/**
 * One pod's port (or an address outside) that serves an upstream.
 *
 * @param key stable while the pod lives, whatever its address: UID and port, else namespace/Service/address:port
 * @param podName of the pod, for sessions bound by name; empty if unknown
 * @param ipv4 literal; at least one family is there
 */
public record Endpoint(
        String key,
        String podName,
        Optional<String> ipv4,
        Optional<String> ipv6,
        int port,
        Optional<String> zone,
        State state) {
    /** READY takes requests; DRAINING (terminating, still serving) keeps its sessions only. */
    public enum State {
        READY,
        DRAINING
    }

    public Endpoint {
        Checks.notBlank(key, "endpoint key");
        Checks.require(ipv4.isPresent() || ipv6.isPresent(), "endpoint " + key + " has no address");
        Checks.inRange(port, 1, 65535, "endpoint port");
    }

    /** The address that is connected to: IPv4 where both are known. */
    public String address() {
        return ipv4.or(() -> ipv6).orElseThrow();
    }
}
