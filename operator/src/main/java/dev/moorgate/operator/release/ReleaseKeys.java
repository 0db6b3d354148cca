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
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the Secret of a release holds: {@code ca.crt} and {@code ca.key} in PEM, and {@code session-keys}, a line {@code kid
 * base64-of-32-bytes time} each, of which the first signs and all verify; {@code session-keys.<owner>} is the same for a policy, or
 * a group of policies, with keys of its own. Immutable.
 */
public final class ReleaseKeys {
    /** The ring's name in the route table, as that of a standalone server. */
    public static final String RING = "moorgate";

    private static final String CERTIFICATE = "ca.crt";
    private static final String KEY = "ca.key";
    private static final String SESSION_KEYS = "session-keys";

    private static final String OWN_KEYS = SESSION_KEYS + ".";

    private final Issued authority;
    private final List<MasterKey> masterKeys;
    private final SortedMap<String, List<MasterKey>> ownKeys;

    private ReleaseKeys(Issued authority, List<MasterKey> masterKeys, SortedMap<String, List<MasterKey>> ownKeys) {
        this.authority = authority;
        this.masterKeys = List.copyOf(masterKeys);
        this.ownKeys = Collections.unmodifiableSortedMap(new TreeMap<>(ownKeys));
    }

    static ReleaseKeys fresh(SecureRandom random, Instant now) {
        return new ReleaseKeys(
                ReleaseCertificates.authority(random, now),
                List.of(MasterKey.fresh(random, now)),
                Collections.emptySortedMap());
    }

    /** Refuses, without quoting it, what {@link #data} could not have written. */
    static ReleaseKeys read(Map<String, byte[]> data) {
        var authority = new Issued(text(data, CERTIFICATE), new Redacted(text(data, KEY)));
        ReleaseCertificates.check(authority);
        var own = new TreeMap<String, List<MasterKey>>();
        for (String entry : data.keySet()) {
            if (entry.startsWith(OWN_KEYS)) {
                own.put(entry.substring(OWN_KEYS.length()), keys(data, entry));
            }
        }
        return new ReleaseKeys(authority, keys(data, SESSION_KEYS), own);
    }

    private static List<MasterKey> keys(Map<String, byte[]> data, String entry) {
        var keys = new ArrayList<MasterKey>();
        var kids = new HashSet<String>();
        for (String line : text(data, entry).lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            MasterKey key = key(line.strip().split("\\s+", -1));
            if (!kids.add(key.kid())) {
                throw new IllegalArgumentException(entry + " holds " + key.kid() + " twice");
            }
            keys.add(key);
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(entry + " holds no key");
        }
        return List.copyOf(keys);
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
        var data = new TreeMap<String, byte[]>();
        data.put(CERTIFICATE, authority.certificate().getBytes(UTF_8));
        data.put(KEY, authority.key().value().getBytes(UTF_8));
        data.put(SESSION_KEYS, lines(masterKeys));
        ownKeys.forEach((owner, keys) -> data.put(OWN_KEYS + owner, lines(keys)));
        return data;
    }

    private static byte[] lines(List<MasterKey> keys) {
        var lines = new StringBuilder();
        keys.forEach(key -> lines.append(key.kid())
                .append(' ')
                .append(key.secret().value())
                .append(' ')
                .append(key.since())
                .append('\n'));
        return lines.toString().getBytes(UTF_8);
    }

    /** For {@code CompileSettings.withMasterKeys}. */
    public KeyRing ring() {
        return ring(RING, masterKeys);
    }

    /** The ring of an owner with keys of its own. */
    public static KeyRing ring(String owner, List<MasterKey> keys) {
        return new KeyRing(
                owner.equals(RING) ? RING : RING + "/" + owner,
                keys.stream().map(MasterKey::sessionKey).toList());
    }

    /** By owner: a policy's UID, or the id of a group. */
    public SortedMap<String, List<MasterKey>> ownKeys() {
        return ownKeys;
    }

    /** The first signs. */
    public List<MasterKey> masterKeys() {
        return masterKeys;
    }

    ReleaseKeys with(List<MasterKey> master, SortedMap<String, List<MasterKey>> own) {
        return new ReleaseKeys(authority, master, own);
    }

    /** Whether the sessions of another one are signed and verified by the same keys. */
    public boolean hasSameKeys(ReleaseKeys other) {
        return masterKeys.equals(other.masterKeys) && ownKeys.equals(other.ownKeys);
    }

    /** A fresh certificate for a pod of the release. */
    public ReplicaIdentity identity(String pod, Instant now) {
        Issued issued = ReleaseCertificates.replica(authority, pod, new SecureRandom(), now);
        return new ReplicaIdentity(pod, authority.certificate(), issued.certificate(), issued.key());
    }
}
