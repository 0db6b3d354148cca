package dev.moorgate.e2e;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every feature, one after the other, beside one release of two pods; those that wait for minutes beside others that disturb
 * nobody. {@code -De2e=NAME,NAME} picks some.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EndToEndTest {
    private @Nullable Cluster cluster;
    private @Nullable Release release;

    private final ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor();

    /** Those that disturb nobody come first, then what waited beside them, then the rest. */
    private static List<Feature> features() {
        List<Feature> calm = new ArrayList<>();
        calm.addAll(RoutingFeatures.ALL);
        calm.addAll(KindFeatures.ALL);
        calm.addAll(TlsFeatures.ALL);
        calm.addAll(PolicyFeatures.ALL);
        calm.addAll(SessionFeatures.ALL);
        List<Feature> rest = new ArrayList<>();
        rest.addAll(FaultFeatures.ALL);
        rest.addAll(LeaderFeatures.ALL);
        rest.addAll(LifeFeatures.ALL);
        List<Feature> all = new ArrayList<>();
        calm.stream().filter(feature -> !feature.waits()).forEach(all::add);
        Stream.concat(calm.stream(), rest.stream()).filter(Feature::waits).forEach(all::add);
        rest.stream().filter(feature -> !feature.waits()).forEach(all::add);
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
        beside.shutdownNow();
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
        List<Feature> wanted = features().stream().filter(this::isWanted).toList();
        Map<Feature, Future<?>> begun = new HashMap<>();
        for (Feature feature : wanted) {
            if (feature.waits()) {
                begun.put(feature, beside.submit(() -> {
                    play(feature);
                    return feature.name();
                }));
            }
        }
        return wanted.stream()
                .map(feature -> DynamicTest.dynamicTest(feature.name() + ": " + feature.sentence(), () -> {
                    Future<?> playing = begun.get(feature);
                    if (playing == null) {
                        play(feature);
                    } else {
                        playing.get();
                    }
                }));
    }

    private boolean isWanted(Feature feature) {
        String wanted = System.getProperty("e2e", "");
        return wanted.isEmpty()
                || wanted.equals("true")
                || Set.of(wanted.split(",", -1)).contains(feature.name());
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
