package dev.moorgate.dataplane.balance.token;

import dev.moorgate.routetable.KeyRing.Algorithm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Consumer;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as text, at most 124 bytes: {@code v1.<kid>.<base64url(day ‖ nonce ‖ ciphertext ‖ tag)>} by AES-256-GCM, and {@code
 * s1.<kid>.<base64url(day ‖ token ‖ MAC)>} by HMAC-SHA256 (its first 16 bytes); {@code v2} and {@code s2} are of tokens with an origin
 * or a cookie to follow. The day (two bytes, since the epoch, UTC) names the derived key and so is authenticated with it; the
 * associated data is policy and token name, so that a token of one policy is worthless to another. What is encoded is always a
 * multiple of three bytes, with no bit to spare: every character counts. Tokens of either algorithm are read whichever one writes
 * them, so that a change loses no session. Any thread.
 */
public final class SessionCodec {
    private static final int DAY = 2;
    private static final int NONCE = 12;
    private static final int TAG = 16;
    private static final int LONGEST_KID = 8;
    private static final long SECONDS_A_DAY = 86_400;

    private static final ThreadLocal<Cipher> CIPHER = ThreadLocal.withInitial(() -> {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    });
    private static final ThreadLocal<Mac> MAC = ThreadLocal.withInitial(() -> {
        try {
            return Mac.getInstance("HmacSHA256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    });

    private final SessionKeys keys;
    private final Algorithm algorithm;
    private final byte[] associated;
    private final Consumer<byte[]> random;
    private final long oldestDays;

    /** What a token looks like, told by its first two characters. */
    private enum Form {
        SEALED("v1", Algorithm.AES_256_GCM, SessionToken.BYTES),
        SEALED_LONG("v2", Algorithm.AES_256_GCM, SessionToken.LONG_BYTES),
        SIGNED("s1", Algorithm.HMAC_SHA256, SessionToken.BYTES),
        SIGNED_LONG("s2", Algorithm.HMAC_SHA256, SessionToken.LONG_BYTES);

        private static final Form[] ALL = values();

        private final String word;
        private final Algorithm algorithm;
        private final int plain;
        private final int bytes;
        private final int text;

        Form(String word, Algorithm algorithm, int plain) {
            this.word = word;
            this.algorithm = algorithm;
            this.plain = plain;
            this.bytes = DAY + (algorithm == Algorithm.AES_256_GCM ? NONCE : 0) + plain + TAG;
            this.text = bytes / 3 * 4;
        }

        static Form of(Algorithm algorithm, boolean isLong) {
            return algorithm == Algorithm.AES_256_GCM ? isLong ? SEALED_LONG : SEALED : isLong ? SIGNED_LONG : SIGNED;
        }

        static @Nullable Form of(byte first, byte second) {
            for (Form form : ALL) {
                if (form.word.charAt(0) == first && form.word.charAt(1) == second) {
                    return form;
                }
            }
            return null;
        }
    }

    /** A token that verified, or why it did not. */
    public record Decoded(
            @Nullable SessionToken token, SessionOutcome outcome, String kid, int day, Algorithm algorithm) {
        public static Decoded failed(SessionOutcome outcome) {
            return new Decoded(null, outcome, "", 0, Algorithm.AES_256_GCM);
        }
    }

    private static final Decoded MALFORMED = Decoded.failed(SessionOutcome.MALFORMED);
    private static final Decoded UNKNOWN_KEY = Decoded.failed(SessionOutcome.UNKNOWN_KEY);
    private static final Decoded TAMPERED = Decoded.failed(SessionOutcome.TAMPERED);
    private static final Decoded EXPIRED = Decoded.failed(SessionOutcome.EXPIRED);

    /**
     * A policy's codec.
     *
     * @param algorithm of the tokens that it makes
     * @param random fills an array: nonces
     * @param oldestDays how many days back keys are derived
     */
    public SessionCodec(
            SessionKeys keys,
            Algorithm algorithm,
            String policy,
            String tokenName,
            Consumer<byte[]> random,
            long oldestDays) {
        this.keys = keys;
        this.algorithm = algorithm;
        this.associated = (policy + "\n" + tokenName).getBytes(StandardCharsets.UTF_8);
        this.random = random;
        this.oldestDays = oldestDays;
    }

    public static int day(long seconds) {
        return (int) (seconds / SECONDS_A_DAY);
    }

    /** Whether a token is as it would be made now: by the newest key, the algorithm in force, and of today. */
    public boolean isCurrent(Decoded decoded, long now) {
        return decoded.algorithm == algorithm && decoded.day >= day(now) && decoded.kid.equals(keys.newest());
    }

    /** Signs with the newest key, of today. */
    public String encode(SessionToken token, long now) {
        String kid = keys.newest();
        int day = day(now);
        Form form = Form.of(algorithm, token.isLong());
        ByteBuffer plain = ByteBuffer.allocate(form.plain);
        token.write(plain);
        byte[] made = new byte[form.bytes];
        made[0] = (byte) (day >>> 8);
        made[1] = (byte) day;
        try {
            if (algorithm == Algorithm.AES_256_GCM) {
                seal(kid, day, plain.array(), made);
            } else {
                System.arraycopy(plain.array(), 0, made, DAY, form.plain);
                System.arraycopy(mac(form, kid, day, made), 0, made, DAY + form.plain, TAG);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key or nonce of ours was refused", e);
        }
        return form.word + "." + kid + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(made);
    }

    private void seal(String kid, int day, byte[] plain, byte[] to) throws GeneralSecurityException {
        byte[] nonce = new byte[NONCE];
        random.accept(nonce);
        System.arraycopy(nonce, 0, to, DAY, NONCE);
        Cipher cipher = CIPHER.get();
        cipher.init(Cipher.ENCRYPT_MODE, keys.key(kid, day), new GCMParameterSpec(TAG * 8, nonce));
        cipher.updateAAD(associated);
        cipher.doFinal(plain, 0, plain.length, to, DAY + NONCE);
    }

    /** Of all that stands before it. */
    private byte[] mac(Form form, String kid, int day, byte[] made) throws GeneralSecurityException {
        Mac mac = MAC.get();
        mac.init(keys.macKey(kid, day));
        mac.update(form.word.getBytes(StandardCharsets.US_ASCII));
        mac.update(associated);
        mac.update((byte) 0);
        mac.update(made, 0, DAY + form.plain);
        return mac.doFinal();
    }

    /** Verifies; whatever the bytes are the answer is an outcome. RESUMED means that the token is good. */
    public Decoded decode(byte[] bytes, int start, int end, long now) {
        Form form = end - start < 3 ? null : Form.of(bytes[start], bytes[start + 1]);
        if (form == null || bytes[start + 2] != '.') {
            return MALFORMED;
        }
        int body = end - form.text;
        int kidLength = body - 1 - (start + 3);
        if (kidLength < 1 || kidLength > LONGEST_KID || bytes[body - 1] != '.') {
            return MALFORMED;
        }
        byte[] made = new byte[form.bytes];
        byte[] text = Arrays.copyOfRange(bytes, body, end);
        try {
            if (Base64.getUrlDecoder().decode(text, made) != form.bytes) {
                return MALFORMED;
            }
        } catch (IllegalArgumentException notBase64) {
            return MALFORMED;
        }
        String kid = new String(bytes, start + 3, kidLength, StandardCharsets.ISO_8859_1);
        if (!keys.has(kid)) {
            return UNKNOWN_KEY;
        }
        int day = (made[0] & 0xff) << 8 | made[1] & 0xff;
        int today = day(now);
        if (day > today + 1 || day < today - oldestDays) {
            return EXPIRED;
        }
        try {
            byte[] plain =
                    form.algorithm == Algorithm.AES_256_GCM ? open(kid, day, made) : verified(form, kid, day, made);
            return plain == null
                    ? TAMPERED
                    : new Decoded(
                            SessionToken.read(ByteBuffer.wrap(plain)),
                            SessionOutcome.RESUMED,
                            kid,
                            day,
                            form.algorithm);
        } catch (AEADBadTagException changed) {
            return TAMPERED;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key or nonce of ours was refused", e);
        }
    }

    private byte[] open(String kid, int day, byte[] made) throws GeneralSecurityException {
        Cipher cipher = CIPHER.get();
        cipher.init(Cipher.DECRYPT_MODE, keys.key(kid, day), new GCMParameterSpec(TAG * 8, made, DAY, NONCE));
        cipher.updateAAD(associated);
        return cipher.doFinal(made, DAY + NONCE, made.length - DAY - NONCE);
    }

    /** What was signed; null: it was not. */
    private byte @Nullable [] verified(Form form, String kid, int day, byte[] made) throws GeneralSecurityException {
        byte[] wanted = Arrays.copyOf(mac(form, kid, day, made), TAG);
        byte[] given = Arrays.copyOfRange(made, DAY + form.plain, made.length);
        return MessageDigest.isEqual(wanted, given) ? Arrays.copyOfRange(made, DAY, DAY + form.plain) : null;
    }
}
