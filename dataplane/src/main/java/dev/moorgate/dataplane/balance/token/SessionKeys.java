package dev.moorgate.dataplane.balance.token;

import dev.moorgate.routetable.KeyRing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The keys of one policy's tokens: HKDF-SHA256 of a master key with kid, policy and UTC day, so that random nonces never
 * run out under one key. Derived keys are remembered. Any thread.
 */
public final class SessionKeys {
    private static final byte[] SALT = "moorgate sticky session v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MAC_SALT = "moorgate sticky session mac v1".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_KEPT = 512;

    /** A derived key's name. */
    private record Name(String kid, int day, boolean isMac) {}

    private final String policy;
    private final String newest;
    private final Map<String, byte[]> secrets = new HashMap<>();
    private final Map<Name, SecretKey> derived = new ConcurrentHashMap<>();

    /**
     * Keys of a policy.
     *
     * @throws IllegalArgumentException where a master key is not 32 bytes in base64
     */
    public SessionKeys(KeyRing ring, String policy) {
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
    public String newest() {
        return newest;
    }

    public boolean has(String kid) {
        return secrets.containsKey(kid);
    }

    /** The AES key of a UTC day (days since the epoch), of a kid that the ring holds. */
    public SecretKey key(String kid, int day) {
        return key(new Name(kid, day, false));
    }

    /** The HMAC key of a UTC day, which is another one. */
    public SecretKey macKey(String kid, int day) {
        return key(new Name(kid, day, true));
    }

    private SecretKey key(Name name) {
        if (derived.size() >= MOST_KEPT) {
            derived.clear();
        }
        return derived.computeIfAbsent(name, this::derive);
    }

    private SecretKey derive(Name name) {
        byte[] secret = Objects.requireNonNull(secrets.get(name.kid), "a key that the ring does not hold");
        byte[] kid = name.kid.getBytes(StandardCharsets.US_ASCII);
        byte[] owner = policy.getBytes(StandardCharsets.UTF_8);
        ByteBuffer info = ByteBuffer.allocate(kid.length + owner.length + 6);
        info.put(kid).put((byte) 0).put(owner).put((byte) 0).putInt(name.day);
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            name.isMac ? "HmacSHA256" : "AES",
                            HKDFParameterSpec.ofExtract()
                                    .addSalt(name.isMac ? MAC_SALT : SALT)
                                    .addIKM(secret)
                                    .thenExpand(info.array(), 32));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK 25 has HKDF-SHA256", e);
        }
    }
}
