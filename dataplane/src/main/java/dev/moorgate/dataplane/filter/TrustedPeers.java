package dev.moorgate.dataplane.filter;

import dev.moorgate.routetable.ProxySettings.TrustedProxies;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose forwarding fields are believed. Where networks are given a peer must be in one of them; where only hops are given
 * every peer counts as the last of them. Immutable.
 */
public final class TrustedPeers {
    public static final TrustedPeers NONE = of(TrustedProxies.NONE);

    /** A network as its address and the number of its leading bits. */
    private static final class Network {
        private final byte[] address;
        private final int bits;

        Network(byte[] address, int bits) {
            this.address = address;
            this.bits = bits;
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = bits >>> 3;
            for (int i = 0; i < whole; i++) {
                if (address[i] != other[i]) {
                    return false;
                }
            }
            int rest = bits & 7;
            return rest == 0 || ((address[whole] ^ other[whole]) & 0xff) >>> (8 - rest) == 0;
        }
    }

    private final int hops;
    private final List<Network> networks;

    private TrustedPeers(int hops, List<Network> networks) {
        this.hops = hops;
        this.networks = networks;
    }

    /**
     * Compiles the settings.
     *
     * @throws IllegalArgumentException for a network that is not an IP address with an optional prefix length
     */
    public static TrustedPeers of(TrustedProxies settings) {
        List<Network> networks = new ArrayList<>();
        for (String text : settings.networks()) {
            int slash = text.indexOf('/');
            byte[] address = literal(slash < 0 ? text : text.substring(0, slash));
            int bits = address == null ? -1 : slash < 0 ? address.length * 8 : number(text.substring(slash + 1));
            if (address == null || bits < 0 || bits > address.length * 8) {
                throw new IllegalArgumentException("trusted network is not a CIDR: " + text);
            }
            networks.add(new Network(address, bits));
        }
        return new TrustedPeers(settings.hops(), List.copyOf(networks));
    }

    private static int number(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /** Whether what this peer says of the client is believed. */
    boolean trusts(InetAddress peer) {
        return networks.isEmpty() ? hops > 0 : contains(peer.getAddress());
    }

    private boolean contains(byte[] address) {
        for (Network network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The client, told by a trusted peer: so many hops before us, else the last address that is in no trusted network.
     *
     * @param chain elements of X-Forwarded-For in order
     * @param peer taken where the chain says nothing
     */
    String client(String[] chain, String peer) {
        if (hops > 0) {
            String found = chain.length == 0 ? null : bare(chain[Math.max(0, chain.length - hops)]);
            return found == null ? peer : found;
        }
        String last = peer;
        for (int i = chain.length - 1; i >= 0; i--) {
            String element = bare(chain[i]);
            byte[] address = element == null ? null : literal(element);
            if (element == null || address == null) {
                return last;
            }
            last = element;
            if (!contains(address)) {
                return last;
            }
        }
        return last;
    }

    /** The address of an element that may carry a port or brackets; null where it holds none. */
    private static @Nullable String bare(String element) {
        String text = element.strip();
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            text = end < 0 ? text : text.substring(1, end);
        } else if (text.indexOf(':') >= 0 && text.indexOf(':') == text.lastIndexOf(':')) {
            text = text.substring(0, text.indexOf(':'));
        }
        return literal(text) == null ? null : text;
    }

    /** The bytes of an IP literal, IPv4-mapped ones as IPv4; null for anything else. */
    static byte @Nullable [] literal(String text) {
        boolean six = text.indexOf(':') >= 0;
        if (!six && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}") || text.indexOf('%') >= 0) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text).getAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }
}
