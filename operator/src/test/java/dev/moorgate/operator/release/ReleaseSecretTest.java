package dev.moorgate.operator.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The Secret of a release that several replicas may want to make. */
class ReleaseSecretTest {
    private static final InstantSource NOW = InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));
    private static final int REPLICAS = 4;

    @Test
    void replicasThatMakeItAtTheSameTimeEndWithTheSameKeys() throws Exception {
        try (var server = new Server();
                KubernetesClient client = server.mock.createClient();
                var threads = Executors.newFixedThreadPool(REPLICAS)) {
            var together = new CyclicBarrier(REPLICAS);
            List<Future<ReleaseKeys>> all = new ArrayList<>();
            for (int i = 0; i < REPLICAS; i++) {
                Callable<ReleaseKeys> make = () -> {
                    together.await();
                    return secret(client).readOrCreate();
                };
                all.add(threads.submit(make));
            }
            List<ReleaseKeys> keys = new ArrayList<>();
            for (Future<ReleaseKeys> one : all) {
                keys.add(one.get());
            }

            ReleaseKeys kept = secret(client).read().orElseThrow();
            assertThat(keys).allSatisfy(one -> assertThat(one.masterKeys()).isEqualTo(kept.masterKeys()));
        }
    }

    @Test
    void whoComesSecondTakesWhatTheFirstMadeThoughItHadSeenNone() throws Exception {
        try (var server = new Server();
                KubernetesClient client = server.mock.createClient()) {
            ReleaseKeys first = secret(client).readOrCreate();
            // one look in vain: it is asked for before the other has made it
            server.mock
                    .expect()
                    .get()
                    .withPath("/api/v1/namespaces/edge/secrets/web-keys")
                    .andReturn(404, "")
                    .once();

            assertThat(secret(client).readOrCreate().masterKeys()).isEqualTo(first.masterKeys());
            assertThat(server.asked()).containsExactly("GET", "POST", "GET", "POST", "GET");
        }
    }

    private static ReleaseSecret secret(KubernetesClient client) {
        return new ReleaseSecret(client, "edge", "web-keys", Map.of("app", "moorgate"), NOW);
    }

    /** An API server in memory. */
    private static final class Server implements AutoCloseable {
        private final Map<ServerRequest, Queue<ServerResponse>> said = new HashMap<>();
        /** What was expected comes first, then what is kept. */
        private final KubernetesMockServer mock = new KubernetesMockServer(
                new Context(), new MockWebServer(), said, new KubernetesMixedDispatcher(said), false);

        Server() {
            mock.init();
        }

        /** The methods of all requests so far. */
        List<String> asked() throws InterruptedException {
            List<String> methods = new ArrayList<>();
            for (int count = mock.getRequestCount(); methods.size() < count; ) {
                methods.add(mock.takeRequest().getMethod());
            }
            return methods;
        }

        @Override
        public void close() {
            mock.destroy();
        }
    }
}
