package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;

/** Who writes, how much, and in which order a pod ends. */
final class LeaderFeatures {
    private static final int OBJECTS = 600;
    private static final Duration QUIET = Duration.ofSeconds(30);

    static final List<Feature> ALL = List.of(
            new Feature(
                    "burst",
                    "600 routes that are made at once cost a few compiles and two statuses each, and nothing is written afterwards",
                    List.of("echo.yaml", "gateway.yaml"),
                    LeaderFeatures::burst),
            new Feature(
                    "leader-stopped",
                    "A leader that stands still is replaced, and writes nothing when it goes on",
                    List.of("echo.yaml", "ingress.yaml"),
                    LeaderFeatures::leaderStopped),
            new Feature(
                    "shutdown-order",
                    "The operator of a pod that ends outlives its data plane, and no request fails",
                    List.of("echo.yaml", "ingress.yaml"),
                    LeaderFeatures::shutdownOrder));

    private LeaderFeatures() {}

    private static void burst(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitStatus(address, "/", 200);
        Release release = scene.release();
        awaitQuiet(release);
        OperatorMetrics before = OperatorMetrics.of(release);
        long start = System.nanoTime();
        var routes = new StringBuilder();
        for (int i = 0; i < OBJECTS; i++) {
            routes.append("""
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: "r%1$d"}
                    spec:
                      parentRefs: [{name: gate}]
                      hostnames: ["${host}"]
                      rules:
                        - matches: [{path: {type: PathPrefix, value: "/r%1$d"}}]
                          backendRefs: [{name: echo, port: 80}]
                    """.formatted(i));
        }
        scene.apply(routes.toString());
        double applied = (System.nanoTime() - start) / 1e9;
        Await.until(Scene.SOON, () -> assertThat(propagated(scene)).isGreaterThanOrEqualTo(OBJECTS));
        awaitQuiet(release);
        OperatorMetrics after = OperatorMetrics.of(release);
        double compiles = after.compiles() - before.compiles();
        double writes = after.writes() - before.writes();
        System.out.printf(
                "e2e: burst: %d objects applied in %.1f s: %.0f compiles of %d replicas, %.0f writes%n",
                OBJECTS, applied, compiles, release.addresses().size(), writes);
        // One a second and replica while they come. Before twelve have come within half a second each is alone, and
        // compiled
        // so; where the API server is slow that lasts for two dozen.
        assertThat(compiles).isLessThan((applied + 24) * release.addresses().size());
        // accepted, then in force everywhere; and what the Gateway and the DataPlane say of their numbers
        assertThat(writes).isBetween((double) OBJECTS, 2 * OBJECTS + 4 * (applied + 30));

        Await.throughout(
                QUIET, () -> assertThat(scene.get(address, "/r7").status()).isEqualTo(200));
        OperatorMetrics later = OperatorMetrics.of(release);
        assertThat(later.writes() - after.writes()).as("writes of nothing new").isZero();
        assertThat(later.compiles() - after.compiles())
                .as("compiles of nothing new")
                .isZero();
    }

    /** Until no operator compiles or writes any more for what was before. */
    private static void awaitQuiet(Release release) throws Exception {
        Await.until(Scene.SOON, () -> {
            OperatorMetrics before = OperatorMetrics.of(release);
            Await.throughout(Duration.ofSeconds(4), () -> {
                OperatorMetrics now = OperatorMetrics.of(release);
                assertThat(now.compiles() + now.writes())
                        .as("compiles and writes")
                        .isEqualTo(before.compiles() + before.writes());
            });
        });
    }

    private static long propagated(Scene scene) {
        long count = 0;
        for (JsonNode route : scene.objects("httproutes.gateway.networking.k8s.io")) {
            for (JsonNode condition :
                    route.path("status").path("parents").path(0).path("conditions")) {
                count += condition.path("type").asText().equals("moorgate.dev/Propagated")
                                && condition.path("status").asText().equals("True")
                        ? 1
                        : 0;
            }
        }
        return count;
    }

    private static void leaderStopped(Scene scene) throws Exception {
        Release release = scene.release();
        String address = release.address();
        scene.awaitRollout("deployment/echo");
        scene.awaitStatus(address, "/", 200);
        String stopped = release.leader();
        String podAddress = Release.address(release.pod(stopped));
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            release.signalJava(stopped, "operator", "STOP");
            try {
                Await.until(
                        Duration.ofSeconds(60),
                        () -> assertThat(release.leader()).isNotEqualTo(stopped));
                // the one that stands still cannot say that it runs the new table, so this is not in force everywhere
                scene.apply(scene.filled("ingress.yaml")
                        .replace("name: echo}\nspec", "name: news}\nspec")
                        .replace("host: " + scene.host(), "host: news." + scene.host()));
                Await.until(
                        Scene.SOON,
                        () -> assertThat(scene.object("ingress", "news")
                                        .path("status")
                                        .path("loadBalancer")
                                        .path("ingress"))
                                .hasSize(1));
            } finally {
                release.signalJava(stopped, "operator", "CONT");
            }
            OperatorMetrics before = OperatorMetrics.of(podAddress);
            Await.throughout(Duration.ofSeconds(10), () -> {
                assertThat(release.leader()).isNotEqualTo(stopped);
                release.needReady(2);
            });
            assertThat(OperatorMetrics.of(podAddress).writes())
                    .as("writes of the former leader")
                    .isEqualTo(before.writes());
            assertThat(traffic.stop()).isEmpty();
        }
    }

    private static void shutdownOrder(Scene scene) throws Exception {
        Release release = scene.release();
        String address = release.address();
        scene.awaitRollout("deployment/echo");
        scene.awaitStatus(address, "/", 200);
        String pod = release.pods().getFirst();
        String ends = "{.status.containerStatuses[?(@.name==\"dataplane\")].state.terminated.finishedAt} "
                + "{.status.initContainerStatuses[?(@.name==\"operator\")].state.terminated.finishedAt}{\"\\n\"}";
        List<String> seen;
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/");
                Tool.Following pods = scene.cluster()
                        .kubectl()
                        .follow("get", "pod", pod, "-n", release.name(), "--watch", "-o", "jsonpath=" + ends)) {
            Await.until(Scene.SOON, () -> assertThat(pods.lines()).isNotEmpty());
            release.kubectl("delete", "pod", pod, "--timeout=120s");
            seen = pods.lines();
            assertThat(traffic.stop()).isEmpty();
        }
        // a line a status: when the data plane ended, and when the operator did, as far as it is known
        List<String[]> ended = seen.stream()
                .map(line -> line.split(" ", -1))
                .filter(times -> !times[0].isEmpty() || !times[1].isEmpty())
                .toList();
        assertThat(ended).as("ends among " + seen).isNotEmpty().allSatisfy(times -> {
            assertThat(times[0])
                    .as("end of the data plane, the operator's is " + times[1])
                    .isNotEmpty();
            assertThat(times[1].isEmpty() || times[0].compareTo(times[1]) <= 0)
                    .as("data plane %s, operator %s", times[0], times[1])
                    .isTrue();
        });
        System.out.println(
                "e2e: shutdown-order: data plane and operator ended at " + String.join(" and ", ended.getLast()));
        Await.until(Duration.ofMinutes(3), () -> release.needReady(2));
    }
}
