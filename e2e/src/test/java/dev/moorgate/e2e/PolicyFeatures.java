package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** What policies say of requests and endpoints is what happens, and endpoints that go are left in time. */
final class PolicyFeatures {
    private static final int ASKED = 40;
    private static final int REPLICAS = 2;
    private static final int SLOW = 8;

    static final List<Feature> ALL = List.of(
            new Feature(
                    "route-policy",
                    "A RoutePolicy asks for the passwords of its Secret, follows a change of them, and limits rates",
                    List.of("echo.yaml", "gateway.yaml"),
                    PolicyFeatures::routePolicy),
            new Feature(
                    "compression",
                    "A RoutePolicy has answers compressed by each coding, whose libraries a pod with a read-only root loads",
                    List.of("echo.yaml", "gateway.yaml"),
                    PolicyFeatures::compression),
            new Feature(
                    "upstream-policy",
                    "An UpstreamPolicy's checks leave a pod out that Kubernetes calls ready, for as long as there is the policy",
                    List.of("echo.yaml", "gateway.yaml"),
                    PolicyFeatures::upstreamPolicy),
            new Feature(
                    "endpoint-removed",
                    "An endpoint that is removed gets no new request after a second, and finishes those that it has",
                    List.of("echo.yaml", "gateway.yaml"),
                    PolicyFeatures::endpointRemoved));

    private PolicyFeatures() {}

    private static void routePolicy(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/echo");
        scene.apply(passwords("ada", "first"));
        scene.apply("""
                apiVersion: moorgate.dev/v1alpha1
                kind: RoutePolicy
                metadata: {name: doors}
                spec:
                  targetRefs: [{kind: HTTPRoute, name: echo}]
                  basicAuth: {secretRef: {name: staff}}
                """);
        scene.awaitStatus(address, "/", 401);
        awaitLetIn(scene, address, "first", true);
        awaitLetIn(scene, address, "wrong", false);

        scene.apply(passwords("ada", "second"));
        awaitLetIn(scene, address, "second", true);
        awaitLetIn(scene, address, "first", false);

        scene.kubectl(
                "patch",
                "routepolicy",
                "doors",
                "--type=merge",
                "-p",
                "{\"spec\":{\"rateLimit\":{\"requests\":2,\"per\":\"1h\",\"key\":\"Route\"}}}");
        Await.until(
                Scene.SOON, () -> assertThat(letIn(scene, address, "second")).isLessThanOrEqualTo(2 * REPLICAS));
        Reply refused = scene.get(address, "/", "Authorization", basic("ada", "second"));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.header("retry-after").orElseThrow()))
                .isBetween(1, 3600);
    }

    /** The Secret with one user, in a form that any htpasswd reads. */
    private static String passwords(String user, String password) throws NoSuchAlgorithmException {
        byte[] hash = MessageDigest.getInstance("SHA-1").digest(password.getBytes(StandardCharsets.UTF_8));
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: staff}
                stringData: {auth: "%s:{SHA}%s"}
                """.formatted(user, Base64.getEncoder().encodeToString(hash));
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** On connections of their own, so that each replica has nearly surely been asked. */
    private static int letIn(Scene scene, String address, String password) throws IOException {
        int in = 0;
        for (int i = 0; i < ASKED / 2; i++) {
            in += scene.get(address, "/", "Authorization", basic("ada", password))
                                    .status()
                            == 200
                    ? 1
                    : 0;
        }
        return in;
    }

    private static void awaitLetIn(Scene scene, String address, String password, boolean isLetIn) throws Exception {
        Await.until(
                Scene.SOON, () -> assertThat(letIn(scene, address, password)).isEqualTo(isLetIn ? ASKED / 2 : 0));
    }

    private static void compression(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/echo");
        scene.awaitStatus(address, "/", 200);
        assertThat(scene.get(address, "/", "Accept-Encoding", "gzip").header("content-encoding"))
                .isEmpty();
        scene.apply("""
                apiVersion: moorgate.dev/v1alpha1
                kind: RoutePolicy
                metadata: {name: small}
                spec:
                  targetRefs: [{kind: HTTPRoute, name: echo}]
                  compression: {minSize: 0}
                """);
        for (String coding : List.of("zstd", "br", "gzip")) {
            Await.until(
                    Scene.SOON,
                    () -> assertThat(scene.get(address, "/", "Accept-Encoding", coding)
                                    .header("content-encoding"))
                            .contains(coding));
        }
        Reply plain = scene.get(address, "/");
        assertThat(plain.pod()).startsWith("echo-");
        assertThat(plain.header("vary")).contains("Accept-Encoding");
    }

    /** The sick pod answers like the others, but not what the check wants to read. */
    private static void upstreamPolicy(Scene scene) throws Exception {
        scene.apply(scene.filled("canary.yaml").split("\n---\n", 2)[0].replace("app: canary", "app: echo, of: canary"));
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/echo");
        scene.awaitRollout("deployment/canary");
        Await.until(Scene.SOON, () -> assertThat(sick(scene, address)).isPositive());
        scene.apply("""
                apiVersion: moorgate.dev/v1alpha1
                kind: UpstreamPolicy
                metadata: {name: echo}
                spec:
                  targetRefs: [{kind: Service, name: echo}]
                  healthCheck:
                    type: HTTP
                    http: {path: /, bodyContains: '"echo-'}
                    interval: 1s
                    timeout: 5s
                    unhealthyAfter: 2
                """);
        Await.until(Scene.SOON, () -> assertThat(sick(scene, address)).isZero());
        assertThat(sick(scene, address)).isZero();
        scene.kubectl("delete", "upstreampolicy", "echo");
        Await.until(Scene.SOON, () -> assertThat(sick(scene, address)).isPositive());
    }

    /** How many requests the sick pod got; none may fail. */
    private static int sick(Scene scene, String address) throws IOException {
        int sick = 0;
        for (int i = 0; i < ASKED; i++) {
            Reply reply = scene.get(address, "/");
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            sick += reply.pod().startsWith("canary-") ? 1 : 0;
        }
        return sick;
    }

    /** A pod and its address. */
    private record Pod(String name, String address) {}

    private static void endpointRemoved(Scene scene) throws Exception {
        scene.awaitRollout("deployment/echo");
        List<Pod> pods = new ArrayList<>();
        scene.objects("pods")
                .forEach(pod -> pods.add(new Pod(
                        pod.path("metadata").path("name").asText(),
                        pod.path("status").path("podIP").asText())));
        assertThat(pods).hasSize(2);
        Pod stays = pods.getFirst();
        Pod goes = pods.getLast();
        scene.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: picked}
                spec: {ports: [{port: 80}]}
                """);
        scene.apply(slice(stays, goes));
        scene.kubectl(
                "patch",
                "httproute",
                "echo",
                "--type=json",
                "-p",
                "[{\"op\":\"replace\",\"path\":\"/spec/rules/0/backendRefs/0/name\",\"value\":\"picked\"}]");
        String address = scene.gateway("gate");
        Await.until(
                Scene.SOON,
                () -> assertThat(answering(scene, address)).containsExactlyInAnyOrder(stays.name(), goes.name()));

        List<CompletableFuture<Reply>> running = new ArrayList<>();
        for (int i = 0; i < SLOW; i++) {
            running.add(CompletableFuture.supplyAsync(() -> slow(scene, address), Thread::startVirtualThread));
        }
        Await.until(
                Scene.SOON, () -> assertThat(scene.kubectl("logs", goes.name())).contains("/?delay=7s"));
        scene.apply(slice(stays));
        long removed = System.nanoTime();
        long second = Duration.ofSeconds(1).toNanos();
        while (System.nanoTime() - removed < 4 * second) {
            long asked = System.nanoTime();
            Reply reply = scene.get(address, "/");
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            if (asked - removed > second) {
                assertThat(reply.pod())
                        .as("asked %d ms after the removal", (asked - removed) / 1_000_000)
                        .isEqualTo(stays.name());
            }
        }
        Set<String> finished = new HashSet<>();
        for (CompletableFuture<Reply> each : running) {
            Reply reply = each.get(30, TimeUnit.SECONDS);
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            finished.add(reply.pod());
        }
        assertThat(finished).contains(goes.name());
    }

    private static Reply slow(Scene scene, String address) {
        try {
            return scene.get(address, "/?delay=7s");
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static Set<String> answering(Scene scene, String address) throws IOException {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < ASKED; i++) {
            Reply reply = scene.get(address, "/");
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            names.add(reply.pod());
        }
        return names;
    }

    /** Made by hand, so that the moment of the change is known. */
    private static String slice(Pod... pods) {
        var endpoints = new StringBuilder();
        for (Pod pod : pods) {
            endpoints.append("""
                      - {addresses: ["%s"], conditions: {ready: true}}
                    """.formatted(pod.address()));
        }
        return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: picked-1, labels: {kubernetes.io/service-name: picked}}
                addressType: IPv4
                ports: [{port: 3000}]
                endpoints:
                """ + endpoints;
    }
}
