package dev.moorgate.dataplane.listen.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Keys of TLS session tickets: one secret in memory, replaced every 6 hours and kept once more, from which every context derives
 * keys of its own, so that no ticket is good under another server name's rules. Thread-safe.
 */
final class TicketKeys {
    private static final long LIFE_NANOS = TimeUnit.HOURS.toNanos(6);
    private static final int SECRET_BYTES = 32;
    private static final String HMAC = "HmacSHA256";

    private final LongSupplier nanoTime;
    private final SecureRandom random = new SecureRandom();
    private volatile Generation now;

    TicketKeys(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.now = new Generation(1, nanoTime.getAsLong(), secret(), null);
    }

    private record Generation(
            int number,
            long born,
            SecretKey secret,
            @Nullable SecretKey previous) {}

    /** Number of the secret that signs; rises with each rotation. */
    int generation() {
        Generation current = now;
        return nanoTime.getAsLong() - current.born() < LIFE_NANOS ? current.number() : rotate(current);
    }

    private synchronized int rotate(Generation seen) {
        Generation current = now;
        if (current.number() == seen.number()) {
            long time = nanoTime.getAsLong();
            boolean stale = time - current.born() >= 2 * LIFE_NANOS;
            now = new Generation(current.number() + 1, time, secret(), stale ? null : current.secret());
        }
        return now.number();
    }

    /** Gives {@code sessions} its keys; {@code label} names what its tickets are good for. */
    void apply(OpenSslSessionContext sessions, String label) {
        Generation current = now;
        OpenSslSessionTicketKey signing = key(current.secret(), label);
        SecretKey previous = current.previous();
        if (previous == null) {
            sessions.setTicketKeys(signing);
        } else {
            sessions.setTicketKeys(signing, key(previous, label));
        }
    }

    private static OpenSslSessionTicketKey key(SecretKey secret, String label) {
        byte[] name = derive(secret, "name", label);
        byte[] hmac = derive(secret, "hmac", label);
        byte[] aes = derive(secret, "aes", label);
        return new OpenSslSessionTicketKey(
                Arrays.copyOf(name, OpenSslSessionTicketKey.NAME_SIZE),
                Arrays.copyOf(hmac, OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                Arrays.copyOf(aes, OpenSslSessionTicketKey.AES_KEY_SIZE));
    }

    private static byte[] derive(SecretKey secret, String purpose, String label) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(secret);
            return mac.doFinal((purpose + "\n" + label).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private SecretKey secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return new SecretKeySpec(bytes, HMAC);
    }
}
