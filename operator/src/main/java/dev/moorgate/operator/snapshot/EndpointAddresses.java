package dev.moorgate.operator.snapshot;

import dev.moorgate.routetable.Endpoint;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which addresses of endpoints are believed. Whoever may write an EndpointSlice may name any address: none may lead into the pod that
 * forwards, or to what answers on its node alone.
 */
public sealed interface EndpointAddresses {
    /** Why an endpoint is not served, as the end of a sentence; empty: it is. */
    Optional<String> refusal(Endpoint endpoint);

    /** Those that are served. */
    default List<Endpoint> believed(List<Endpoint> endpoints) {
        return endpoints.stream()
                .filter(endpoint -> refusal(endpoint).isEmpty())
                .toList();
    }

    /** All: for standalone use, where backends run on the same machine. */
    record Any() implements EndpointAddresses {
        @Override
        public Optional<String> refusal(Endpoint endpoint) {
            return Optional.empty();
        }
    }

    /**
     * All but loopback, link-local, multicast and unspecified ones, and the private ports of the release's own pods.
     *
     * @param pods addresses of the release's pods
     * @param privatePorts those of their ports that are no listeners
     */
    record Routable(Set<InetAddress> pods, Set<Integer> privatePorts) implements EndpointAddresses {
        public Routable {
            pods = Set.copyOf(pods);
            privatePorts = Set.copyOf(privatePorts);
        }

        @Override
        public Optional<String> refusal(Endpoint endpoint) {
            List<InetAddress> addresses = Stream.of(endpoint.ipv4(), endpoint.ipv6())
                    .flatMap(Optional::stream)
                    .map(InetAddress::ofLiteral)
                    .toList();
            if (!addresses.stream().allMatch(Routable::isRoutable)) {
                return Optional.of("is on a loopback, link-local, multicast or unspecified address, which is not"
                        + " served: give it an address of its own");
            }
            return privatePorts.contains(endpoint.port()) && addresses.stream().anyMatch(pods::contains)
                    ? Optional.of("is on port " + endpoint.port() + " of one of our own pods, which is private and"
                            + " not served: remove it")
                    : Optional.empty();
        }

        private static boolean isRoutable(InetAddress address) {
            return !address.isLoopbackAddress()
                    && !address.isLinkLocalAddress()
                    && !address.isAnyLocalAddress()
                    && !address.isMulticastAddress();
        }
    }

    static EndpointAddresses any() {
        return new Any();
    }

    /** Of a cluster whose pods of ours are not known. */
    static EndpointAddresses routable() {
        return new Routable(Set.of(), Set.of());
    }

    /** Of a cluster where our own pods have these addresses, IP literals. */
    static EndpointAddresses besides(Collection<String> pods, Set<Integer> privatePorts) {
        return new Routable(pods.stream().map(InetAddress::ofLiteral).collect(Collectors.toSet()), privatePorts);
    }
}
