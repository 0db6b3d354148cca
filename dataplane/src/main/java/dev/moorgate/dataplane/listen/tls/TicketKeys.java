package dev.moorgate.dataplane.listen.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Keys of TLS session tickets: one secret for each 6 hours of the wall clock, kept once more, from which every context derives keys
 * of its own, so that no ticket is good under another server name's rules. With a key ring every replica derives the same secrets
 * (and knows the next one, for clocks differ); without one each process makes its own. Thread-safe.
 */
final class TicketKeys {
    private static final long LIFE_MILLIS = TimeUnit.HOURS.toMillis(6);
    private static final int SECRET_BYTES = 32;
    private static final String HMAC = "HmacSHA256";

    private final LongSupplier epochMillis;
    private final SecureRandom random = new SecureRandom();
    private @Nullable SecretKey master;
    private volatile Generation now;

    TicketKeys(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
        this.now = new Generation(1, window(), secret(), List.of());
    }

    /** Signs with {@code secret}; {@code others} are good as well. */
    private record Generation(int number, long window, SecretKey secret, List<SecretKey> others) {}

    private long window() {
        return Math.floorDiv(epochMillis.getAsLong(), LIFE_MILLIS);
    }

    /** The newest key of the release's ring; absent: there is no ring. */
    synchronized void adopt(Optional<String> key) {
        SecretKey next = key.map(text -> new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), HMAC))
                .orElse(null);
        if (!Objects.equals(next, master)) {
            master = next;
            now = next(now);
        }
    }

    /** Number of the secret that signs; rises with each rotation. */
    int generation() {
        Generation current = now;
        return window() == current.window() ? current.number() : rotate(current);
    }

    private synchronized int rotate(Generation seen) {
        Generation current = now;
        if (current.number() == seen.number()) {
            now = next(current);
        }
        return now.number();
    }

    private Generation next(Generation current) {
        long window = window();
        SecretKey shared = master;
        if (shared != null) {
            return new Generation(
                    current.number() + 1,
                    window,
                    secret(shared, window),
                    List.of(secret(shared, window - 1), secret(shared, window + 1)));
        }
        boolean isRecent = Math.abs(window - current.window()) <= 1;
        return new Generation(current.number() + 1, window, secret(), isRecent ? List.of(current.secret()) : List.of());
    }

    private static SecretKey secret(SecretKey master, long window) {
        return new SecretKeySpec(derive(master, "moorgate session tickets v1", Long.toString(window)), HMAC);
    }

    /** Gives {@code sessions} its keys; {@code label} names what its tickets are good for. */
    void apply(OpenSslSessionContext sessions, String label) {
        Generation current = now;
        List<SecretKey> secrets = new ArrayList<>();
        secrets.add(current.secret());
        secrets.addAll(current.others());
        sessions.setTicketKeys(
                secrets.stream().map(secret -> key(secret, label)).toArray(OpenSslSessionTicketKey[]::new));
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
