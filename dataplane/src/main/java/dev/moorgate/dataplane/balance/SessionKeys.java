package dev.moorgate.dataplane.balance;

import dev.moorgate.routetable.KeyRing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one policy's tokens: HKDF-SHA256 of a master key with kid, policy and UTC day, so that random nonces never
 * run out under one key. Derived keys are remembered. Any thread.
 */
final class SessionKeys {
    private static final byte[] SALT = "moorgate sticky session v1".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_KEPT = 512;

    /** A derived key's name. */
    private record Name(String kid, int day) {}

    private final String policy;
    private final String newest;
    private final Map<String, byte[]> secrets = new HashMap<>();
    private final Map<Name, SecretKey> derived = new ConcurrentHashMap<>();

    /**
     * Keys of a policy.
     *
     * @throws IllegalArgumentException where a master key is not 32 bytes in base64
     */
    SessionKeys(KeyRing ring, String policy) {
        this.policy = policy;
        this.newest = ring.keys().getFirst().kid();
        for (KeyRing.SessionKey key : ring.keys()) {
            byte[] secret;
            try {
                secret = Base64.getDecoder().decode(key.secret().value());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(about(ring, key) + " is not base64", e);
            }
            if (secret.length != 32) {
                throw new IllegalArgumentException(about(ring, key) + " must be 32 bytes, not " + secret.length);
            }
            secrets.put(key.kid(), secret);
        }
    }

    private static String about(KeyRing ring, KeyRing.SessionKey key) {
        return "key " + key.kid() + " of ring " + ring.name();
    }

    /** The one that signs. */
    String newest() {
        return newest;
    }

    boolean has(String kid) {
        return secrets.containsKey(kid);
    }

    /** The key of a UTC day (days since the epoch); null where the ring does not hold the kid. */
    @Nullable
    SecretKey key(String kid, int day) {
        byte[] secret = secrets.get(kid);
        if (secret == null) {
            return null;
        }
        if (derived.size() >= MOST_KEPT) {
            derived.clear();
        }
        return derived.computeIfAbsent(new Name(kid, day), name -> derive(secret, name));
    }

    private SecretKey derive(byte[] secret, Name name) {
        byte[] kid = name.kid.getBytes(StandardCharsets.US_ASCII);
        byte[] owner = policy.getBytes(StandardCharsets.UTF_8);
        ByteBuffer info = ByteBuffer.allocate(kid.length + owner.length + 6);
        info.put(kid).put((byte) 0).put(owner).put((byte) 0).putInt(name.day);
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            "AES",
                            HKDFParameterSpec.ofExtract()
                                    .addSalt(SALT)
                                    .addIKM(secret)
                                    .thenExpand(info.array(), 32));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK 25 has HKDF-SHA256", e);
        }
    }
}
