package dev.moorgate.operator.release;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
     * For the leader: takes the next step of a rotation where one is due, and gives the keys as they are then.
     *
     * @param everywhere whether every ready replica runs a table with the key
     */
    public ReleaseKeys rotate(KeyRotation rotation, Predicate<MasterKey> everywhere) {
        Secret now = secret();
        if (now == null) {
            return readOrCreate();
        }
        ReleaseKeys keys = keys(now);
        Optional<List<MasterKey>> next = rotation.next(keys.masterKeys(), clock.instant(), everywhere, random);
        if (next.isEmpty()) {
            return keys;
        }
        ReleaseKeys rotated = keys.withMasterKeys(next.get());
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
