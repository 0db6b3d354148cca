package dev.moorgate.operator.expose;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names, labels and annotations by which a Gateway and its Service find each other. */
public final class GatewayServiceNames {
    /** Gateway API's label; a name that is longer than a label may be is cut and hashed. */
    public static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

    public static final String GATEWAY_NAMESPACE = "moorgate.dev/gateway-namespace";
    /** Label: the DataPlane that the Service is part of. Tells our Services from all others. */
    public static final String DATA_PLANE = "moorgate.dev/dataplane";
    /** Annotation: {@code namespace/name} of the Gateway, in full. */
    public static final String GATEWAY = "moorgate.dev/gateway";
    /** Annotation: the labels and annotations that came from {@code spec.infrastructure}, so that they can be taken back. */
    public static final String INFRASTRUCTURE = "moorgate.dev/infrastructure";

    private static final int LONGEST_LABEL = 63;
    private static final int HASH_CHARACTERS = 10;

    private GatewayServiceNames() {}

    /** A name of at most 63 characters, the same for ever for the same release and Gateway. */
    public static String service(String release, String namespace, String name) {
        String hash = hash(release + "/" + namespace + "/" + name);
        String plain = release + "-" + namespace + "-" + name;
        // The name of a Service starts with a letter (RFC 1035) and has no dots, which those of Gateways may have.
        String safe = (Character.isLetter(plain.charAt(0)) ? plain : "g" + plain).replace('.', '-');
        return cut(safe, LONGEST_LABEL - HASH_CHARACTERS - 1) + "-" + hash;
    }

    /** A value for a label: names may have 253 characters, labels 63. */
    public static String label(String name) {
        return name.length() <= LONGEST_LABEL
                ? name
                : cut(name, LONGEST_LABEL - HASH_CHARACTERS - 1) + "-" + hash(name);
    }

    private static String cut(String text, int most) {
        String kept = text.length() <= most ? text : text.substring(0, most);
        int end = kept.length();
        while (end > 0 && !Character.isLetterOrDigit(kept.charAt(end - 1))) {
            end--;
        }
        return kept.substring(0, end);
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, HASH_CHARACTERS);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
