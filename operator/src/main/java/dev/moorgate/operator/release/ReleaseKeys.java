package dev.moorgate.operator.release;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.moorgate.operator.publish.ReplicaIdentity;
import dev.moorgate.operator.release.ReleaseCertificates.Issued;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What the Secret of a release holds: {@code ca.crt} and {@code ca.key} in PEM, and {@code session-keys}, a line {@code kid
 * base64-of-32-bytes time} each, of which the first signs and all verify. Immutable.
 */
public final class ReleaseKeys {
    /** The ring's name in the route table, as that of a standalone server. */
    public static final String RING = "moorgate";

    private static final String CERTIFICATE = "ca.crt";
    private static final String KEY = "ca.key";
    private static final String SESSION_KEYS = "session-keys";

    private final Issued authority;
    private final List<MasterKey> masterKeys;

    private ReleaseKeys(Issued authority, List<MasterKey> masterKeys) {
        this.authority = authority;
        this.masterKeys = List.copyOf(masterKeys);
    }

    static ReleaseKeys fresh(SecureRandom random, Instant now) {
        return new ReleaseKeys(ReleaseCertificates.authority(random, now), List.of(MasterKey.fresh(random, now)));
    }

    /** Refuses, without quoting it, what {@link #data} could not have written. */
    static ReleaseKeys read(Map<String, byte[]> data) {
        var authority = new Issued(text(data, CERTIFICATE), new Redacted(text(data, KEY)));
        ReleaseCertificates.check(authority);
        var keys = new ArrayList<MasterKey>();
        var kids = new HashSet<String>();
        for (String line : text(data, SESSION_KEYS).lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            MasterKey key = key(line.strip().split("\\s+", -1));
            if (!kids.add(key.kid())) {
                throw new IllegalArgumentException(SESSION_KEYS + " holds " + key.kid() + " twice");
            }
            keys.add(key);
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(SESSION_KEYS + " holds no key");
        }
        return new ReleaseKeys(authority, keys);
    }

    private static MasterKey key(String[] parts) {
        try {
            if (parts.length == 3) {
                return new MasterKey(parts[0], new Redacted(parts[1]), Instant.parse(parts[2]));
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            // told below, without the key
        }
        throw new IllegalArgumentException(
                SESSION_KEYS + ": a line is a key id of 1 to 8 letters or digits, 32 bytes in base64 and a time");
    }

    private static String text(Map<String, byte[]> data, String entry) {
        byte[] content = data.get(entry);
        if (content == null || content.length == 0) {
            throw new IllegalArgumentException("the Secret has no " + entry);
        }
        return new String(content, UTF_8);
    }

    NavigableMap<String, byte[]> data() {
        var lines = new StringBuilder();
        masterKeys.forEach(key -> lines.append(key.kid())
                .append(' ')
                .append(key.secret().value())
                .append(' ')
                .append(key.since())
                .append('\n'));
        var data = new TreeMap<String, byte[]>();
        data.put(CERTIFICATE, authority.certificate().getBytes(UTF_8));
        data.put(KEY, authority.key().value().getBytes(UTF_8));
        data.put(SESSION_KEYS, lines.toString().getBytes(UTF_8));
        return data;
    }

    /** For {@code CompileSettings.withMasterKeys}. */
    public KeyRing ring() {
        return new KeyRing(RING, masterKeys.stream().map(MasterKey::sessionKey).toList());
    }

    /** The first signs. */
    public List<MasterKey> masterKeys() {
        return masterKeys;
    }

    ReleaseKeys withMasterKeys(List<MasterKey> keys) {
        return new ReleaseKeys(authority, keys);
    }

    /** A fresh certificate for a pod of the release. */
    public ReplicaIdentity identity(String pod, Instant now) {
        Issued issued = ReleaseCertificates.replica(authority, pod, new SecureRandom(), now);
        return new ReplicaIdentity(pod, authority.certificate(), issued.certificate(), issued.key());
    }
}
