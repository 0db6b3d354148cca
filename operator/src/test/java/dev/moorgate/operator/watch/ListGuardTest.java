package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.pace.WalkPace;
import org.junit.jupiter.api.Test;

/** H3, I5 and I19: an empty list right after a restart, or in place of a full one, is not believed at first. */
class ListGuardTest {
    @Test
    void aDeletionThatWasWatchedIsBelievedWithoutAskingAgain() {
        try (TestCluster cluster = new TestCluster()) {
            ListGuard guard = new ListGuard(watch(cluster));
            guard.installed(300);
            cluster.server.shutdown();

            assertThat(guard.isBelieved(0, 0)).isTrue();
        }
    }

    @Test
    void routesThatNobodySawGoAreMissedUntilTheApiServerAnswers() {
        try (TestCluster cluster = new TestCluster()) {
            ListGuard guard = new ListGuard(watch(cluster));
            guard.installed(300);
            guard.vanished();
            assertThat(guard.isBelieved(200, 0)).isTrue();
            cluster.server.shutdown();

            assertThat(guard.isBelieved(100, 0)).isFalse();
        }
    }

    @Test
    void afterARestartWhatTheStatusRemembersIsComparedAndASecondListDecides() {
        try (TestCluster cluster = new TestCluster()) {
            ListGuard guard = new ListGuard(watch(cluster));

            assertThat(guard.isBelieved(0, 300)).isTrue();
        }
    }

    private static ClusterWatch watch(TestCluster cluster) {
        ClusterWatch watch = cluster.open(new ClusterWatch(
                cluster.client,
                TestCluster.SCOPE,
                new Changes(() -> {}, new WalkPace(System::nanoTime), WalkMetrics.NONE)));
        watch.start();
        await("the lists", watch::isLoaded);
        return watch;
    }
}
