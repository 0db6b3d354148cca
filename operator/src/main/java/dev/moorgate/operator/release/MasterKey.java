package dev.moorgate.operator.release;

import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A master key of sticky sessions.
 *
 * @param since when it began to sign; of a key that does not sign yet, when it was made
 */
public record MasterKey(String kid, Redacted secret, Instant since) {
    private static final int BYTES = 32;
    private static final int RADIX = Character.MAX_RADIX;
    private static final int LEAST = RADIX * RADIX * RADIX;

    public MasterKey {
        SessionKey key = new SessionKey(kid, secret);
        if (Base64.getDecoder().decode(key.secret().value()).length != BYTES) {
            throw new IllegalArgumentException("a master key has " + BYTES + " bytes");
        }
    }

    /** Whose id none of the others has. */
    static MasterKey fresh(SecureRandom random, Instant now, List<MasterKey> others) {
        Set<String> taken = others.stream().map(MasterKey::kid).collect(Collectors.toSet());
        MasterKey fresh = fresh(random, now);
        while (taken.contains(fresh.kid())) {
            fresh = fresh(random, now);
        }
        return fresh;
    }

    static MasterKey fresh(SecureRandom random, Instant now) {
        byte[] secret = new byte[BYTES];
        random.nextBytes(secret);
        String kid = "k" + Integer.toString(random.nextInt(LEAST, LEAST * RADIX), RADIX);
        return new MasterKey(kid, new Redacted(Base64.getEncoder().encodeToString(secret)), now);
    }

    SessionKey sessionKey() {
        return new SessionKey(kid, secret);
    }

    MasterKey at(Instant when) {
        return new MasterKey(kid, secret, when);
    }
}
