package dev.moorgate.operator.release;

import dev.moorgate.routetable.KeyRing;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The one Secret of a release, by its name. Every replica reads it; the leader makes it where it is absent and rotates its keys.
 * Two leaders may try at once: the first to create or to update wins, and the other reads what that one wrote (faults I6). Calls
 * block; a {@code KubernetesClientException} says that the API server could not be asked, an {@code IllegalArgumentException}
 * that the Secret is damaged. Any thread.
 */
public final class ReleaseSecret {
    private final KubernetesClient client;
    private final String namespace;
    private final String name;
    private final Map<String, String> labels;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /** {@code labels} of a Secret that is made. */
    public ReleaseSecret(
            KubernetesClient client, String namespace, String name, Map<String, String> labels, InstantSource clock) {
        this.client = client;
        this.namespace = namespace;
        this.name = name;
        this.labels = new TreeMap<>(labels);
        this.clock = clock;
    }

    /** Absent before a leader has made it. */
    public Optional<ReleaseKeys> read() {
        return Optional.ofNullable(secret()).map(ReleaseSecret::keys);
    }

    /** For the leader. */
    public ReleaseKeys readOrCreate() {
        Optional<ReleaseKeys> found = read();
        if (found.isPresent()) {
            return found.get();
        }
        ReleaseKeys fresh = ReleaseKeys.fresh(random, clock.instant());
        try {
            client.resource(secret(fresh)).create();
            return fresh;
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return read().orElseThrow(() -> e);
        }
    }

    /**
     * For the leader: takes the next step of each rotation where one is due, and gives the keys as they are then.
     *
     * @param rotation of the release's own keys
     * @param wanted how keys of their own are to change, by owner
     * @param used owners that have sessions
     * @param everywhere whether every ready replica runs a table with exactly this ring
     */
    public ReleaseKeys rotate(
            KeyRotation rotation,
            SortedMap<String, KeyRotation> wanted,
            Set<String> used,
            Predicate<KeyRing> everywhere) {
        Secret now = secret();
        if (now == null) {
            return readOrCreate();
        }
        ReleaseKeys keys = keys(now);
        Instant moment = clock.instant();
        List<MasterKey> master = rotation.next(keys.masterKeys(), moment, key -> everywhere.test(keys.ring()), random)
                .orElse(keys.masterKeys());
        ReleaseKeys rotated = keys.with(
                master,
                OwnRings.next(
                        keys,
                        rotation,
                        wanted,
                        used,
                        moment,
                        (owner, ring) -> everywhere.test(ReleaseKeys.ring(owner, ring)),
                        random));
        if (rotated.hasSameKeys(keys)) {
            return keys;
        }
        Secret changed = new SecretBuilder(now).withData(encoded(rotated)).build();
        try {
            client.resource(changed)
                    .lockResourceVersion(now.getMetadata().getResourceVersion())
                    .update();
            return rotated;
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return read().orElse(keys);
        }
    }

    @SuppressWarnings("NullAway")
    private @org.jspecify.annotations.Nullable Secret secret() {
        return client.secrets().inNamespace(namespace).withName(name).get();
    }

    private static ReleaseKeys keys(Secret secret) {
        var data = new TreeMap<String, byte[]>();
        if (secret.getData() != null) {
            secret.getData()
                    .forEach((entry, content) ->
                            data.put(entry, Base64.getDecoder().decode(content)));
        }
        return ReleaseKeys.read(data);
    }

    private static Map<String, String> encoded(ReleaseKeys keys) {
        var encoded = new TreeMap<String, String>();
        keys.data()
                .forEach((entry, content) ->
                        encoded.put(entry, Base64.getEncoder().encodeToString(content)));
        return encoded;
    }

    private Secret secret(ReleaseKeys keys) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .withType("Opaque")
                .withData(encoded(keys))
                .build();
    }
}
