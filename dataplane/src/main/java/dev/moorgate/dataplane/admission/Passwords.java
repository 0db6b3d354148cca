package dev.moorgate.dataplane.admission;

import dev.moorgate.routetable.RoutePolicy.BasicAuth;
import dev.moorgate.routetable.RoutePolicy.BasicAuth.User;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;

/**
 * Users and their passwords. A hash that is slow on purpose is computed on a thread of its own and its outcome remembered, keyed by a
 * digest that means nothing outside this process. Any thread.
 */
public final class Passwords {
    private static final int MOST_KNOWN = 4_096;

    private final Map<String, String> hashes = new HashMap<>();
    private final Executor hashing;
    private final byte[] salt = new byte[32];
    private final Map<ByteBuffer, Boolean> known = new ConcurrentHashMap<>();

    Passwords(BasicAuth auth, Executor hashing) {
        this.hashing = hashing;
        new SecureRandom().nextBytes(salt);
        for (User user : auth.users()) {
            hashes.put(user.name(), user.hash().value());
        }
    }

    /** What is known of a name and password. */
    public enum Verdict {
        RIGHT,
        WRONG,
        /** It has to be asked for. */
        UNKNOWN
    }

    /** Of a password that was checked before, or that is checked at once. */
    public Verdict look(Credentials given) {
        String hash = hashes.get(given.name());
        if (hash != null && hash.startsWith("{SHA}")) {
            return isRight(hash, given.password()) ? Verdict.RIGHT : Verdict.WRONG;
        }
        Boolean before = known.get(key(given));
        return before == null ? Verdict.UNKNOWN : before ? Verdict.RIGHT : Verdict.WRONG;
    }

    /**
     * Checks on another thread.
     *
     * @param then told there whether it is right
     * @return false: too many are being checked
     */
    public boolean check(Credentials given, Consumer<Boolean> then) {
        try {
            hashing.execute(() -> then.accept(isRight(given)));
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    private boolean isRight(Credentials given) {
        ByteBuffer key = key(given);
        Boolean before = known.get(key);
        if (before != null) {
            return before;
        }
        String hash = hashes.get(given.name());
        // Whoever is no user waits as long as one who is: names cannot be tried out by the clock.
        String asked = hash != null ? hash : hashes.values().iterator().next();
        boolean right = isRight(asked, given.password()) && hash != null;
        if (known.size() >= MOST_KNOWN) {
            known.clear();
        }
        known.put(key, right);
        return right;
    }

    private static boolean isRight(String hash, byte[] password) {
        try {
            if (hash.startsWith("{SHA}")) {
                byte[] digest = MessageDigest.getInstance("SHA-1").digest(password);
                return equal("{SHA}" + Base64.getEncoder().encodeToString(digest), hash);
            }
            return hash.startsWith("$apr1$")
                    ? equal(Apr1.hash(password, hash), hash)
                    : OpenBSDBCrypt.checkPassword(hash, password);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    private static boolean equal(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }

    private ByteBuffer key(Credentials given) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            digest.update(given.name().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            return ByteBuffer.wrap(digest.digest(given.password()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A name and password as a request gives them. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Credentials(String name, byte[] password) {
        private static final int LONGEST = 1_024;

        /** Of an Authorization field (RFC 7617 2); null: it holds none. */
        public static @Nullable Credentials of(@Nullable String field) {
            if (field == null || field.length() > LONGEST || !field.regionMatches(true, 0, "basic ", 0, 6)) {
                return null;
            }
            try {
                byte[] both = Base64.getDecoder().decode(field.substring(6).strip());
                int colon = 0;
                while (colon < both.length && both[colon] != ':') {
                    colon++;
                }
                if (colon == 0 || colon == both.length) {
                    return null;
                }
                byte[] password = new byte[both.length - colon - 1];
                System.arraycopy(both, colon + 1, password, 0, password.length);
                return new Credentials(new String(both, 0, colon, StandardCharsets.UTF_8), password);
            } catch (IllegalArgumentException noBase64) {
                return null;
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
