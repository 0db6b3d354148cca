package dev.moorgate.dataplane.listen;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Open connections of each client of a listener: of an IPv4 address, or of the 64 bits of IPv6 that are one customer's. Holds no more
 * entries than there are connections. Any thread.
 */
final class ClientCounts {
    private final Map<Long, Integer> open = new ConcurrentHashMap<>();

    /** Counts one more unless the client has {@code most}; if so, {@link #leave} has to follow. */
    boolean enter(InetAddress client, int most) {
        long key = key(client);
        int now = open.merge(key, 1, Integer::sum);
        if (now > most) {
            leave(client);
        }
        return now <= most;
    }

    void leave(InetAddress client) {
        open.computeIfPresent(key(client), (key, count) -> count > 1 ? count - 1 : null);
    }

    int clients() {
        return open.size();
    }

    private static long key(InetAddress client) {
        byte[] octets = client.getAddress();
        ByteBuffer buffer = ByteBuffer.wrap(octets);
        // no IPv6 network in use begins with 32 zeros
        return octets.length == 4 ? Integer.toUnsignedLong(buffer.getInt()) : buffer.getLong();
    }
}
