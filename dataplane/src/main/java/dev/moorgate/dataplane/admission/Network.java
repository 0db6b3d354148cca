package dev.moorgate.dataplane.admission;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network as its address and the number of its leading bits. Immutable. */
final class Network {
    private final byte[] address;
    private final int bits;

    private Network(byte[] address, int bits) {
        this.address = address;
        this.bits = bits;
    }

    /** Of CIDR notation, which the route table has checked. */
    static Network of(String text) {
        int slash = text.indexOf('/');
        byte[] address = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
        return new Network(address, Integer.parseInt(text.substring(slash + 1)));
    }

    static boolean anyContains(List<Network> networks, byte[] address) {
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** The bytes of an IP literal, IPv4-mapped ones as IPv4; null for anything else. */
    static byte @Nullable [] literal(String text) {
        try {
            return text.isEmpty() ? null : InetAddress.ofLiteral(text).getAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
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
