package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What dies costs no request that could be served, and what was missed is made up for. */
final class FaultFeatures {
    private static final Duration OUTAGE = Duration.ofSeconds(60);
    /** What a pod listens on for the Service's port 80. */
    private static final int POD_PORT = 8080;

    static final List<Feature> ALL = List.of(
            new Feature(
                    "operator-killed",
                    "The death of an operator takes no pod out of service, and the next change is served",
                    List.of("echo.yaml", "ingress.yaml"),
                    FaultFeatures::operatorKilled),
            new Feature(
                    "operator-crash-loop",
                    "Operators that crash in all replicas for a minute cost no request",
                    List.of("echo.yaml", "ingress.yaml"),
                    FaultFeatures::operatorCrashLoop),
            new Feature(
                    "data-plane-killed",
                    "A data plane that died serves its last good table again",
                    List.of("echo.yaml", "ingress.yaml"),
                    FaultFeatures::dataPlaneKilled),
            new Feature(
                    "leader-killed",
                    "Another replica leads when the leader's pod is gone, and statuses are written",
                    List.of("echo.yaml", "ingress.yaml"),
                    FaultFeatures::leaderKilled),
            new Feature(
                    "api-server-down",
                    "A minute without an API server costs no request that reaches a pod, and changes are served when it is back",
                    List.of("echo.yaml", "ingress.yaml"),
                    FaultFeatures::apiServerDown));

    private FaultFeatures() {}

    private static String serving(Scene scene) throws Exception {
        String address = scene.release().address();
        scene.awaitRollout("deployment/echo");
        scene.awaitStatus(address, "/", 200);
        return address;
    }

    /** A new path, which only a living operator can bring about. */
    private static void needChanges(Scene scene, String address) throws Exception {
        scene.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: news}
                spec:
                  ingressClassName: ${class}
                  rules:
                    - host: news.${host}
                      http:
                        paths:
                          - {path: /, pathType: Prefix, backend: {service: {name: echo, port: {name: http}}}}
                """);
        // every replica has it: ask on many new connections
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < 20; i++) {
                try (Client client = Client.http(address, 80)) {
                    assertThat(client.get("news." + scene.host(), "/", java.util.Map.of())
                                    .status())
                            .isEqualTo(200);
                }
            }
        });
        Await.until(
                Scene.SOON,
                () -> assertThat(scene.object("ingress", "news")
                                .path("status")
                                .path("loadBalancer")
                                .path("ingress")
                                .path(0)
                                .path("ip")
                                .asText())
                        .isEqualTo(address));
        scene.kubectl("delete", "ingress", "news");
    }

    private static void operatorKilled(Scene scene) throws Exception {
        String address = serving(scene);
        int restarts = scene.release().restarts("operator");
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            for (String pod : scene.release().pods()) {
                scene.release().killJava(pod, "operator");
            }
            Await.throughout(Duration.ofSeconds(5), () -> scene.release().needReady(2));
            needChanges(scene, address);
            assertThat(traffic.stop()).isEmpty();
        }
        assertThat(scene.release().restarts("operator")).isEqualTo(restarts);
    }

    private static void operatorCrashLoop(Scene scene) throws Exception {
        String address = serving(scene);
        List<String> pods = scene.release().pods();
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            Await.throughout(OUTAGE, () -> {
                pods.forEach(pod -> scene.release().killJava(pod, "operator"));
                scene.release().needReady(pods.size());
            });
            assertThat(traffic.stop()).isEmpty();
        }
        // the supervisor waits longer from one crash to the next, half a minute at most, and a start takes its time
        needChanges(scene, address);
    }

    private static void dataPlaneKilled(Scene scene) throws Exception {
        String address = serving(scene);
        String pod = scene.release().pods().getFirst();
        int restarts = scene.release().restarts("dataplane");
        scene.release().killJava(pod, "dataplane");
        Await.until(
                Scene.SOON,
                () -> assertThat(scene.release().restarts("dataplane")).isGreaterThan(restarts));
        Await.until(Scene.SOON, () -> scene.release().needReady(2));
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            needChanges(scene, address);
            assertThat(traffic.stop()).isEmpty();
        }
    }

    private static void leaderKilled(Scene scene) throws Exception {
        String address = serving(scene);
        String leader = scene.release().leader();
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            scene.release().kubectl("delete", "pod", leader, "--wait=false");
            Await.until(
                    Duration.ofSeconds(60),
                    () -> assertThat(scene.release().leader()).isNotEqualTo(leader));
            needChanges(scene, address);
            scene.release().kubectl("wait", "--for=delete", "pod/" + leader, "--timeout=90s");
            assertThat(traffic.stop()).isEmpty();
        }
        Await.until(Duration.ofMinutes(3), () -> scene.release().needReady(2));
    }

    /** {@code e2e.pause-api} is a command that takes stop or go; without it there is no way to do this. */
    private static void apiServerDown(Scene scene) throws Exception {
        Optional<String> command = Optional.ofNullable(System.getProperty("e2e.pause-api"));
        if (command.isEmpty()) {
            System.out.println("e2e: api-server-down: SKIPPED: no -De2e.pause-api=COMMAND");
            return;
        }
        String address = serving(scene);
        // Straight to the pods, as a load balancer with health checks of its own goes: after a minute Kubernetes calls
        // the
        // only node lost for some seconds, and takes our own pods out of our Service too.
        List<InetSocketAddress> pods = scene.release().addresses().stream()
                .map(pod -> new InetSocketAddress(pod, POD_PORT))
                .toList();
        assertThat(pods).hasSize(2);
        try (Traffic traffic = Traffic.start(pods, scene.host(), "/")) {
            pause(command.get(), "stop");
            try {
                int before = traffic.answered();
                Await.throughout(OUTAGE, traffic::needNoFailure);
                assertThat(traffic.answered()).isGreaterThan(before);
            } finally {
                pause(command.get(), "go");
            }
            Await.until(Duration.ofSeconds(60), () -> scene.cluster().kubectl().run("get", "--raw", "/readyz"));
            // a node that was called lost is called so within seconds, and found again within as many
            Await.throughout(Duration.ofSeconds(20), traffic::needNoFailure);
            Await.until(Duration.ofMinutes(3), () -> scene.release().needReady(2));
            needChanges(scene, address);
            System.out.println("e2e: api-server-down: nodes called lost: "
                    + scene.cluster()
                            .kubectl()
                            .run("get", "events", "-A", "--field-selector=reason=NodeNotReady", "-o", "name")
                            .lines()
                            .count());
            assertThat(traffic.stop()).isEmpty();
        }
    }

    private static void pause(String command, String verb) throws IOException, InterruptedException {
        int status = new ProcessBuilder(command, verb).inheritIO().start().waitFor();
        assertThat(status).as(command + " " + verb).isZero();
    }
}
