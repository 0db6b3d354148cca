package dev.moorgate.operator.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Base64;
import java.util.Optional;

/** The values in Secrets and ConfigMaps; an entry that is no base64 counts as absent. */
public final class Payloads {
    private Payloads() {}

    /** {@code stringData} wins over {@code data}, as when an API server stores it. */
    public static Optional<byte[]> bytes(Secret secret, String key) {
        if (secret.getStringData() != null && secret.getStringData().get(key) != null) {
            return Optional.of(secret.getStringData().get(key).getBytes(UTF_8));
        }
        String encoded = secret.getData() == null ? null : secret.getData().get(key);
        return encoded == null ? Optional.empty() : decode(encoded);
    }

    public static Optional<byte[]> bytes(ConfigMap map, String key) {
        if (map.getData() != null && map.getData().get(key) != null) {
            return Optional.of(map.getData().get(key).getBytes(UTF_8));
        }
        String encoded =
                map.getBinaryData() == null ? null : map.getBinaryData().get(key);
        return encoded == null ? Optional.empty() : decode(encoded);
    }

    private static Optional<byte[]> decode(String encoded) {
        try {
            // Line breaks are all that an API server forgives.
            String line = encoded.replace("\n", "").replace("\r", "");
            return Optional.of(Base64.getDecoder().decode(line));
        } catch (IllegalArgumentException noBase64) {
            return Optional.empty();
        }
    }
}
