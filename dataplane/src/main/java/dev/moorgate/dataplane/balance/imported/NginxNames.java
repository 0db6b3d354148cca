package dev.moorgate.dataplane.balance.imported;

import dev.moorgate.routetable.Endpoint;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The endpoints of one upstream as ingress-nginx tells them in its affinity cookie, in both of its modes: {@code persistent} has the
 * MD5 of backend and address, {@code balanced} a random key that a ring of 160 points an endpoint resolves (CRC-32, each point made
 * from the one before, as lua-resty-balancer does it). Its addresses are {@code 10.0.0.1:8080} and {@code [fd00::1]:8080}. Immutable;
 * any thread.
 */
public final class NginxNames {
    private static final int POINTS = 160;
    private static final int NONE = -1;
    private static final int PLACE_BITS = 31;
    private static final long PLACE = (1L << PLACE_BITS) - 1;

    private final Map<String, Integer> hashes = new HashMap<>();
    /** Sorted; the hash above, the endpoint's place in the lower 31 bits. */
    private final long[] ring;

    /**
     * Of these endpoints, of which the ready ones are in the ring.
     *
     * @param backends what ingress-nginx calls the upstream
     */
    public NginxNames(List<Endpoint> endpoints, List<String> backends) {
        long[] points = new long[endpoints.size() * POINTS];
        int count = 0;
        for (int place = 0; place < endpoints.size(); place++) {
            Endpoint endpoint = endpoints.get(place);
            for (String address : addresses(endpoint)) {
                for (String backend : backends) {
                    hashes.putIfAbsent(md5(backend + address), place);
                }
            }
            if (endpoint.state() == Endpoint.State.READY) {
                add(addresses(endpoint).getFirst(), place, points, count);
                count += POINTS;
            }
        }
        ring = Arrays.copyOf(points, count);
        Arrays.sort(ring);
    }

    private static List<String> addresses(Endpoint endpoint) {
        List<String> addresses = new ArrayList<>(2);
        endpoint.ipv4().ifPresent(address -> addresses.add(address + ":" + endpoint.port()));
        endpoint.ipv6().ifPresent(address -> addresses.add("[" + address + "]:" + endpoint.port()));
        return Collections.unmodifiableList(addresses);
    }

    private static void add(String address, int place, long[] points, int from) {
        byte[] name = address.getBytes(StandardCharsets.US_ASCII);
        long last = 0;
        for (int i = 0; i < POINTS; i++) {
            CRC32 crc = new CRC32();
            crc.update(name);
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                crc.update((int) (last >>> shift & 0xff));
            }
            last = crc.getValue();
            points[from + i] = last << PLACE_BITS | place;
        }
    }

    /** The place in the list of the endpoint that a key names; -1: none. */
    public int find(String key) {
        Integer named = hashes.get(key);
        if (named != null) {
            return named;
        }
        return isHash(key) || ring.length == 0 ? NONE : (int) (ring[behind(key)] & PLACE);
    }

    /** The first point that is not before the key's. */
    private int behind(String key) {
        CRC32 crc = new CRC32();
        crc.update(key.getBytes(StandardCharsets.ISO_8859_1));
        int found = Arrays.binarySearch(ring, crc.getValue() << PLACE_BITS);
        int point = found < 0 ? -found - 1 : found;
        return point == ring.length ? 0 : point;
    }

    /** A key of mode persistent whose endpoint is gone; those of mode balanced have dots. */
    private static boolean isHash(String key) {
        return key.length() == 32 && key.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }

    /** What stands behind the bar of a cookie: the backend that it is for. */
    static String backendKey(String backend) {
        return md5(md5(backend) + backend);
    }

    private static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }
}
