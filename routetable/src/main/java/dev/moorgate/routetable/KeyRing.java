package dev.moorgate.routetable;

import java.util.List;

/** Keys of sticky sessions: the first signs, all verify. */
public record KeyRing(String name, List<SessionKey> keys) {
    public KeyRing {
        Checks.notBlank(name, "key ring name");
        Checks.require(!keys.isEmpty(), "key ring " + name + " has no key");
        keys = Checks.unique(keys, SessionKey::kid, "key ring " + name);
    }

    /** How a token is protected with them: hidden and unchangeable, or in clear and unchangeable. */
    public enum Algorithm {
        AES_256_GCM,
        HMAC_SHA256
    }

    /**
     * One master key; the keys of cookies are derived from it (HKDF: kid, policy, UTC day).
     *
     * @param kid 1 to 8 letters and digits, shown in tokens
     * @param secret 32 bytes in base64
     */
    public record SessionKey(String kid, Redacted secret) {
        public SessionKey {
            Checks.require(kid.matches("[A-Za-z0-9]{1,8}"), "kid must be 1 to 8 letters or digits: " + kid);
        }
    }
}
