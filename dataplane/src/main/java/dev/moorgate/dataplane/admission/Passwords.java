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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;

/**
 * Users and their passwords. A hash that is slow on purpose is computed on a thread of its own and its outcome remembered, as a digest
 * that means nothing outside this process: one right password a user, and wrong ones apart, so that no guess puts a user out. Any thread.
 */
public final class Passwords {
    private final Map<String, String> hashes = new HashMap<>();
    private final Turns hashing;
    private final int mostWrong;
    private final byte[] salt = new byte[32];
    /** By user. */
    private final Map<String, ByteBuffer> right = new ConcurrentHashMap<>();

    private final Set<ByteBuffer> wrong = ConcurrentHashMap.newKeySet();

    /** @param mostWrong passwords that are remembered as such */
    Passwords(BasicAuth auth, Turns hashing, int mostWrong) {
        this.hashing = hashing;
        this.mostWrong = mostWrong;
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
        return remembered(given.name(), key(given));
    }

    private Verdict remembered(String name, ByteBuffer key) {
        if (key.equals(right.get(name))) {
            return Verdict.RIGHT;
        }
        return wrong.contains(key) ? Verdict.WRONG : Verdict.UNKNOWN;
    }

    /**
     * Checks on another thread.
     *
     * @param client an address: clients take turns
     * @param then told what it is, there; or here or there that it is UNKNOWN still, for too much waits to be checked
     */
    public void check(String client, Credentials given, Consumer<Verdict> then) {
        hashing.add(RateLimiter.key(client), new Turns.Work() {
            @Override
            public void run() {
                then.accept(verdict(given));
            }

            @Override
            public void crowdedOut() {
                then.accept(Verdict.UNKNOWN);
            }
        });
    }

    private Verdict verdict(Credentials given) {
        ByteBuffer key = key(given);
        Verdict before = remembered(given.name(), key);
        if (before != Verdict.UNKNOWN) {
            return before;
        }
        String hash = hashes.get(given.name());
        // Whoever is no user waits as long as one who is: names cannot be tried out by the clock.
        String asked = hash != null ? hash : hashes.values().iterator().next();
        if (isRight(asked, given.password()) && hash != null) {
            right.put(given.name(), key);
            return Verdict.RIGHT;
        }
        if (wrong.size() >= mostWrong) {
            wrong.clear();
        }
        wrong.add(key);
        return Verdict.WRONG;
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
