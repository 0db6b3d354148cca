package dev.moorgate.e2e;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Every feature, one after the other, beside one release of two pods. {@code -De2e=NAME,NAME} picks some. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EndToEndTest {
    private @Nullable Cluster cluster;
    private @Nullable Release release;

    private static List<Feature> features() {
        List<Feature> all = new ArrayList<>();
        all.addAll(RoutingFeatures.ALL);
        all.addAll(KindFeatures.ALL);
        all.addAll(PolicyFeatures.ALL);
        all.addAll(SessionFeatures.ALL);
        all.addAll(FaultFeatures.ALL);
        all.addAll(LeaderFeatures.ALL);
        all.addAll(LifeFeatures.ALL);
        return all;
    }

    @BeforeAll
    void installsTheChart() throws Exception {
        cluster = Cluster.open();
        release = new Release(cluster, "e2e-moorgate");
        try {
            release.install(Release.CHART);
        } catch (AssertionError e) {
            System.out.println("e2e: the chart does not install: " + e.getMessage());
            System.out.println(release.story());
            throw e;
        }
    }

    @AfterAll
    void uninstallsTheChart() throws Exception {
        if (release != null && System.getProperty("e2e.keep") == null) {
            release.end();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void thePodsAreReady() {
        release.needReady(2);
    }

    @TestFactory
    Stream<DynamicTest> features_hold() {
        String wanted = System.getProperty("e2e", "");
        Set<String> names = Set.of(wanted.split(",", -1));
        return features().stream()
                .filter(feature -> wanted.isEmpty() || wanted.equals("true") || names.contains(feature.name()))
                .map(feature ->
                        DynamicTest.dynamicTest(feature.name() + ": " + feature.sentence(), () -> play(feature)));
    }

    private void play(Feature feature) throws Exception {
        long start = System.nanoTime();
        try (Scene scene = Scene.of(feature, cluster, release)) {
            try {
                feature.steps().run(scene);
                System.out.printf("e2e: %s: holds (%.1f s)%n", feature.name(), (System.nanoTime() - start) / 1e9);
            } catch (AssertionError | Exception e) {
                System.out.printf(
                        "e2e: %s: FAILS at %s after %.1f s: %s%n",
                        feature.name(), Instant.now(), (System.nanoTime() - start) / 1e9, e.getMessage());
                System.out.println(scene.story());
                throw e;
            }
        }
    }
}
