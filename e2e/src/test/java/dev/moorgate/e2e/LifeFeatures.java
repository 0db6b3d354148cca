package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** From install to uninstall, and several releases side by side. */
final class LifeFeatures {
    static final List<Feature> ALL = List.of(
            new Feature(
                    "two-releases",
                    "Two releases with two classes serve their own routes and not each other's",
                    List.of("echo.yaml", "ingress.yaml"),
                    LifeFeatures::twoReleases),
            new Feature(
                    "upgrade",
                    "An upgrade, a rollback and a restart of all pods cost no request; an uninstall leaves nothing",
                    List.of("echo.yaml"),
                    LifeFeatures::upgrade));

    private LifeFeatures() {}

    private static void twoReleases(Scene scene) throws Exception {
        Release second = Release.install(scene.cluster(), "e2e-second", Release.CHART, "replicas=1");
        try {
            String ours = scene.release().address();
            String theirs = second.address();
            scene.awaitStatus(ours, "/", 200);
            assertThat(scene.isServed(theirs)).isFalse();
            scene.apply(scene.filled("ingress.yaml")
                    .replace("ingressClassName: " + scene.release().name(), "ingressClassName: e2e-second"));
            scene.awaitStatus(theirs, "/", 200);
            scene.awaitGone(ours);
        } finally {
            second.uninstall();
        }
    }

    /** From the chart that {@code e2e.from} names, such as a former commit's, where it does. */
    private static void upgrade(Scene scene) throws Exception {
        String from = System.getProperty("e2e.from", Release.CHART);
        assertThat(Files.exists(Path.of(from, "Chart.yaml"))).as(from).isTrue();
        Release release = Release.install(scene.cluster(), "e2e-upgrade", from);
        try {
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
        } finally {
            scene.cluster().helm().run("uninstall", "e2e-upgrade", "--namespace", "e2e-upgrade", "--wait");
        }
        String left = release.kubectl("get", "deployments,services,dataplanes,serviceaccounts,roles", "-o", "name");
        assertThat(left.lines().filter(line -> line.contains("e2e-upgrade"))).isEmpty();
        assertThat(scene.cluster().kubectl().run("get", "clusterroles,ingressclasses,gatewayclasses", "-o", "name"))
                .doesNotContain("e2e-upgrade");
        scene.cluster().kubectl().run("delete", "namespace", "e2e-upgrade", "--wait=false");
    }
}
