package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** From install to uninstall, and several releases side by side (faults I12, I13, I25). */
final class LifeFeatures {
    static final List<Feature> ALL = List.of(
            new Feature(
                    "two-releases",
                    "Two releases with two classes serve their own routes and not each other's",
                    List.of("echo.yaml", "ingress.yaml"),
                    LifeFeatures::twoReleases),
            new Feature(
                    "upgrade",
                    "An upgrade, a rollback and a restart of all pods cost no request; an uninstall leaves nothing but what users wrote",
                    List.of("echo.yaml"),
                    LifeFeatures::upgrade,
                    true),
            new Feature(
                    "rights",
                    "The operator is refused nothing that it asks for, and may do nothing that it has no use for",
                    List.of("echo.yaml", "ingress.yaml"),
                    LifeFeatures::rights),
            new Feature(
                    "few-namespaces",
                    "A release for some namespaces serves them, and may not read the Secrets of others",
                    List.of("echo.yaml"),
                    LifeFeatures::fewNamespaces));

    private LifeFeatures() {}

    private static void twoReleases(Scene scene) throws Exception {
        Release second = scene.install("e2e-second", Release.CHART, "replicas=1");
        String ours = scene.release().address();
        String theirs = second.address();
        scene.awaitStatus(ours, "/", 200);
        assertThat(scene.isServed(theirs)).isFalse();
        scene.apply(scene.filled("ingress.yaml")
                .replace("ingressClassName: " + scene.release().name(), "ingressClassName: e2e-second"));
        scene.awaitStatus(theirs, "/", 200);
        scene.awaitGone(ours);
    }

    /** From the chart that {@code e2e.from} names, such as a former commit's, where it does. */
    private static void upgrade(Scene scene) throws Exception {
        String from = System.getProperty("e2e.from", Release.CHART);
        assertThat(Files.exists(Path.of(from, "Chart.yaml"))).as(from).isTrue();
        Release release = scene.install("e2e-upgrade", from);
        scene.apply(scene.filled("ingress.yaml")
                .replace("ingressClassName: " + scene.release().name(), "ingressClassName: e2e-upgrade"));
        String address = release.address();
        scene.awaitStatus(address, "/", 200);
        try (Traffic traffic = Traffic.start(3, address, scene.host(), "/")) {
            release.upgrade(Release.CHART, "podAnnotations.example\\.com/round=two");
            release.kubectl("rollout", "status", "deployment/e2e-upgrade", "--timeout=180s");
            release.rollback();
            release.kubectl("rollout", "restart", "deployment/e2e-upgrade");
            release.kubectl("rollout", "status", "deployment/e2e-upgrade", "--timeout=180s");
            assertThat(traffic.stop()).isEmpty();
            assertThat(traffic.answered()).isPositive();
        }
        scene.apply(scene.filled("sticky.yaml"));
        scene.apply("""
                apiVersion: moorgate.dev/v1alpha1
                kind: RoutePolicy
                metadata: {name: users}
                spec:
                  targetRefs: [{group: networking.k8s.io, kind: Ingress, name: echo}]
                  timeouts: {request: 30s}
                """);
        List<String> users = usersObjects(scene);
        assertThat(users).hasSize(3);
        release.uninstall();
        assertThat(usersObjects(scene)).isEqualTo(users);
        String left = release.kubectl("get", "deployments,services,dataplanes,serviceaccounts,roles", "-o", "name");
        assertThat(left.lines().filter(line -> line.contains("e2e-upgrade"))).isEmpty();
        assertThat(scene.cluster().kubectl().run("get", "clusterroles,ingressclasses,gatewayclasses", "-o", "name"))
                .doesNotContain("e2e-upgrade");
    }

    /** Name, UID and finalizers: none of ours would let them go without a release. */
    private static List<String> usersObjects(Scene scene) {
        String found = scene.cluster()
                .kubectl()
                .run(
                        "get",
                        "stickypolicies.moorgate.dev,routepolicies.moorgate.dev,ingresses.networking.k8s.io",
                        "-n",
                        scene.namespace(),
                        "-o",
                        "jsonpath={range .items[*]}{.kind} {.metadata.uid} [{.metadata.finalizers}]{\"\\n\"}{end}");
        List<String> lines = found.lines().filter(line -> !line.isBlank()).toList();
        assertThat(lines).isNotEmpty().allMatch(line -> line.endsWith(" []"));
        return lines;
    }

    private static void rights(Scene scene) throws Exception {
        scene.awaitStatus(scene.release().address(), "/", 200);
        String user = scene.release().user();
        for (String pod : scene.release().pods()) {
            assertThat(scene.release().kubectl("logs", pod, "-c", "operator").lines())
                    .noneMatch(line -> line.contains("forbidden: User") || line.contains("cannot list resource"));
        }
        for (String allowed :
                List.of("list secrets", "patch ingresses.networking.k8s.io/status", "watch endpointslices")) {
            assertThat(mayDo(scene, user, allowed, scene.namespace()))
                    .as(allowed)
                    .isTrue();
        }
        for (String refused : List.of(
                "update ingresses.networking.k8s.io",
                "patch httproutes.gateway.networking.k8s.io",
                "create secrets",
                "delete secrets",
                "create pods",
                "get pods/log",
                "create pods/exec",
                "create services",
                "list nodes",
                "create clusterroles",
                "delete dataplanes.moorgate.dev",
                "impersonate users")) {
            assertThat(mayDo(scene, user, refused, scene.namespace()))
                    .as(refused)
                    .isFalse();
        }
        assertThat(mayDo(scene, user, "delete secrets", scene.release().name())).isFalse();
        assertThat(mayDo(scene, user, "delete pods", scene.release().name())).isFalse();
    }

    private static boolean mayDo(Scene scene, String user, String what, String namespace) {
        String[] words = what.split(" ", 2);
        // TYPE/NAME is what kubectl reads there: a subresource is an option
        String[] resource = words[1].split("/", 2);
        List<String> question = new ArrayList<>(List.of("auth", "can-i", words[0], resource[0]));
        if (resource.length > 1) {
            question.add("--subresource=" + resource[1]);
        }
        question.addAll(List.of("-n", namespace, "--as=" + user));
        Tool.Outcome answer = scene.cluster().kubectl().attempt("", question.toArray(String[]::new));
        return answer.output().strip().endsWith("yes");
    }

    private static void fewNamespaces(Scene scene) throws Exception {
        Release few =
                scene.install("e2e-few", Release.CHART, "replicas=1", "watchNamespaces={" + scene.namespace() + "}");
        scene.apply(scene.filled("ingress.yaml")
                .replace("ingressClassName: " + scene.release().name(), "ingressClassName: e2e-few"));
        scene.awaitStatus(few.address(), "/", 200);
        assertThat(mayDo(scene, few.user(), "get secrets", scene.namespace())).isTrue();
        assertThat(mayDo(scene, few.user(), "get secrets", "kube-system")).isFalse();
        assertThat(mayDo(scene, few.user(), "list ingresses", "kube-system")).isFalse();
    }
}
