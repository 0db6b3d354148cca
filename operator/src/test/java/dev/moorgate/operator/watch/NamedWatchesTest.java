package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Lookup;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NamedWatchesTest {
    @Test
    void aSecretIsNotLoadedUntilItWasAskedForThenPresentOrAbsent() {
        try (TestCluster cluster = new TestCluster()) {
            cluster.client.resource(secret("there")).create();
            NamedWatches<Secret> secrets = cluster.open(NamedWatches.ofSecrets(cluster.client, () -> {}));
            assertThat(look(secrets, "there")).isInstanceOf(Lookup.NotLoaded.class);

            assertThat(secrets.want(names("there", "nowhere"))).isPresent();

            await("presence", () -> look(secrets, "there") instanceof Lookup.Present);
            await("absence", () -> look(secrets, "nowhere") instanceof Lookup.Absent);
            assertThat(secrets.want(names("there", "nowhere"))).isEmpty();
            assertThat(secrets.size()).isEqualTo(2);
            assertThat(look(secrets, "unasked")).isInstanceOf(Lookup.NotLoaded.class);
        }
    }

    @Test
    void manyInANamespaceShareOneWatchThatKeepsNothingOfTheOthers() {
        try (TestCluster cluster = new TestCluster()) {
            Set<String> wanted = IntStream.range(0, 20).mapToObj(i -> "s" + i).collect(Collectors.toSet());
            wanted.forEach(name -> cluster.client.resource(secret(name)).create());
            cluster.client.resource(secret("private")).create();
            NamedWatches<Secret> secrets = cluster.open(NamedWatches.ofSecrets(cluster.client, () -> {}));

            secrets.want(names(wanted.toArray(String[]::new)));

            await("all", () -> wanted.stream().allMatch(name -> look(secrets, name) instanceof Lookup.Present));
            assertThat(secrets.size()).isEqualTo(1);
            assertThat(look(secrets, "private")).isInstanceOf(Lookup.NotLoaded.class);

            secrets.want(names("s1", "private"));
            await("by name", () -> look(secrets, "private") instanceof Lookup.Present);
            assertThat(secrets.size()).isEqualTo(2);
            assertThat(look(secrets, "s2")).isInstanceOf(Lookup.NotLoaded.class);
        }
    }

    @Test
    void configMapsAreReadTheSameWay() {
        try (TestCluster cluster = new TestCluster()) {
            cluster.client
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace("shop")
                            .withName("ca")
                            .endMetadata()
                            .withData(Map.of("ca.crt", "text"))
                            .build())
                    .create();
            NamedWatches<ConfigMap> maps = cluster.open(NamedWatches.ofConfigMaps(cluster.client, () -> {}));
            assertThat(lookMap(maps, "ca")).isInstanceOf(Lookup.NotLoaded.class);

            maps.want(names("ca", "nowhere"));

            await("presence", () -> lookMap(maps, "ca") instanceof Lookup.Present);
            await("absence", () -> lookMap(maps, "nowhere") instanceof Lookup.Absent);
        }
    }

    /** As one does that {@code RelistPace} holds back. */
    @Test
    void whoAsksDoesNotWaitForAListThatHasToWait() throws Exception {
        var turn = new CountDownLatch(1);
        try (TestCluster cluster = new TestCluster();
                KubernetesClient waiting = waiting(cluster, turn)) {
            cluster.client.resource(secret("there")).create();
            NamedWatches<Secret> secrets = cluster.open(NamedWatches.ofSecrets(waiting, () -> {}));

            var asked = CompletableFuture.supplyAsync(() -> secrets.want(names("there")), Thread::startVirtualThread);

            assertThat(asked.get(60, TimeUnit.SECONDS)).isPresent();
            turn.countDown();
            await("presence", () -> look(secrets, "there") instanceof Lookup.Present);
        }
    }

    private static KubernetesClient waiting(TestCluster cluster, CountDownLatch turn) {
        var interceptor = new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                try {
                    turn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        return new KubernetesClientBuilder()
                .withConfig(cluster.client.getConfiguration())
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("turn", interceptor))
                .build();
    }

    private static Lookup<ConfigMap> lookMap(NamedWatches<ConfigMap> maps, String name) {
        var builder = ClusterSnapshot.builder();
        builder.configMapsOnDemand(maps.addTo(builder));
        return builder.build().configMap("shop", name);
    }

    private static Lookup<Secret> look(NamedWatches<Secret> secrets, String name) {
        var builder = ClusterSnapshot.builder();
        builder.secretsOnDemand(secrets.addTo(builder));
        return builder.build().secret("shop", name);
    }

    private static Set<ObjectName> names(String... names) {
        return Set.of(names).stream().map(name -> new ObjectName("shop", name)).collect(Collectors.toSet());
    }

    private static Secret secret(String name) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .withData(Map.of("key", "dmFsdWU="))
                .build();
    }
}
