package dev.moorgate.dataplane.balance;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.function.Consumer;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as text: {@code v1.<kid>.<base64url(day ‖ nonce ‖ ciphertext ‖ tag)>}, AES-256-GCM, at most 108 bytes. The day (two
 * bytes, since the epoch, UTC) names the derived key and so is authenticated with it; the associated data is policy and
 * token name, so that a token of one policy is worthless to another. 72 bytes make 96 characters with no bit to spare:
 * every character counts. Any thread.
 */
final class SessionCodec {
    private static final int DAY = 2;
    private static final int NONCE = 12;
    private static final int TAG = 16;
    private static final int SEALED = DAY + NONCE + SessionToken.BYTES + TAG;
    private static final int TEXT = SEALED / 3 * 4;
    private static final int LONGEST_KID = 8;
    private static final long SECONDS_A_DAY = 86_400;

    private static final ThreadLocal<Cipher> CIPHER = ThreadLocal.withInitial(() -> {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    });

    private final SessionKeys keys;
    private final byte[] associated;
    private final Consumer<byte[]> random;
    private final long oldestDays;

    /** A token that verified, or why it did not. */
    record Decoded(@Nullable SessionToken token, SessionOutcome outcome, String kid, int day) {
        static Decoded failed(SessionOutcome outcome) {
            return new Decoded(null, outcome, "", 0);
        }
    }

    private static final Decoded MALFORMED = Decoded.failed(SessionOutcome.MALFORMED);
    private static final Decoded UNKNOWN_KEY = Decoded.failed(SessionOutcome.UNKNOWN_KEY);
    private static final Decoded TAMPERED = Decoded.failed(SessionOutcome.TAMPERED);
    private static final Decoded EXPIRED = Decoded.failed(SessionOutcome.EXPIRED);

    /**
     * A policy's codec.
     *
     * @param random fills an array: nonces
     * @param oldestDays how many days back keys are derived
     */
    SessionCodec(SessionKeys keys, String policy, String tokenName, Consumer<byte[]> random, long oldestDays) {
        this.keys = keys;
        this.associated = (policy + "\n" + tokenName).getBytes(StandardCharsets.UTF_8);
        this.random = random;
        this.oldestDays = oldestDays;
    }

    static int day(long seconds) {
        return (int) (seconds / SECONDS_A_DAY);
    }

    String newestKey() {
        return keys.newest();
    }

    /** Signs with the newest key, of today. */
    String encode(SessionToken token, long now) {
        String kid = keys.newest();
        int day = day(now);
        SecretKey key = keys.key(kid, day);
        byte[] nonce = new byte[NONCE];
        random.accept(nonce);
        ByteBuffer plain = ByteBuffer.allocate(SessionToken.BYTES);
        token.write(plain);
        byte[] sealed = new byte[SEALED];
        sealed[0] = (byte) (day >>> 8);
        sealed[1] = (byte) day;
        System.arraycopy(nonce, 0, sealed, DAY, NONCE);
        try {
            Cipher cipher = CIPHER.get();
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG * 8, nonce));
            cipher.updateAAD(associated);
            cipher.doFinal(plain.array(), 0, SessionToken.BYTES, sealed, DAY + NONCE);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused a key or nonce of ours", e);
        }
        return "v1." + kid + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    /** Verifies; whatever the bytes are the answer is an outcome. RESUMED means that the token is good. */
    Decoded decode(byte[] bytes, int start, int end, long now) {
        int body = end - TEXT;
        int kidLength = body - 1 - (start + 3);
        boolean formed = kidLength >= 1
                && kidLength <= LONGEST_KID
                && bytes[start] == 'v'
                && bytes[start + 1] == '1'
                && bytes[start + 2] == '.'
                && bytes[body - 1] == '.';
        if (!formed) {
            return MALFORMED;
        }
        byte[] sealed = new byte[SEALED];
        byte[] text = new byte[TEXT];
        System.arraycopy(bytes, body, text, 0, TEXT);
        try {
            if (Base64.getUrlDecoder().decode(text, sealed) != SEALED) {
                return MALFORMED;
            }
        } catch (IllegalArgumentException notBase64) {
            return MALFORMED;
        }
        String kid = new String(bytes, start + 3, kidLength, StandardCharsets.ISO_8859_1);
        if (!keys.has(kid)) {
            return UNKNOWN_KEY;
        }
        int day = (sealed[0] & 0xff) << 8 | sealed[1] & 0xff;
        int today = day(now);
        if (day > today + 1 || day < today - oldestDays) {
            return EXPIRED;
        }
        return open(kid, day, sealed);
    }

    private Decoded open(String kid, int day, byte[] sealed) {
        SecretKey key = keys.key(kid, day);
        if (key == null) {
            return UNKNOWN_KEY;
        }
        try {
            Cipher cipher = CIPHER.get();
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG * 8, sealed, DAY, NONCE));
            cipher.updateAAD(associated);
            byte[] plain = cipher.doFinal(sealed, DAY + NONCE, SEALED - DAY - NONCE);
            return new Decoded(SessionToken.read(ByteBuffer.wrap(plain)), SessionOutcome.RESUMED, kid, day);
        } catch (AEADBadTagException changed) {
            return TAMPERED;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused a key or nonce of ours", e);
        }
    }
}
