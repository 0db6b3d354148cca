package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One replica leads, by how long each has waited by its own clock, whatever the time of day is there (fault I24). */
class LeadershipTest {
    private static final Leadership.Timing TIMING =
            new Leadership.Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));

    private final MockCluster cluster = new MockCluster();
    private final AtomicLong clockOfA = new AtomicLong(5);
    /** Far apart: what others' clocks say must not matter. */
    private final AtomicLong clockOfB = new AtomicLong(Duration.ofHours(1).toNanos());

    private final Leadership a = new Leadership(cluster.client(), "gate", "mg", "pod-a", TIMING, clockOfA::get);
    private final Leadership b = new Leadership(cluster.client(), "gate", "mg", "pod-b", TIMING, clockOfB::get);

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void theFirstLeadsAndTheOtherDoesNot() {
        a.contend();
        b.contend();

        assertThat(a.isLeader()).isTrue();
        assertThat(b.isLeader()).isFalse();
    }

    @Test
    void aLeaderThatIsPausedKnowsThatItIsNoneBeforeAnotherLeads() {
        a.contend();
        b.contend();
        pass(Duration.ofSeconds(11));

        assertThat(a.isLeader()).isFalse();
        b.contend();
        assertThat(b.isLeader()).isFalse();

        pass(Duration.ofSeconds(5));
        b.contend();
        assertThat(b.isLeader()).isTrue();
        a.contend();
        assertThat(a.isLeader()).isFalse();
    }

    @Test
    void aLeaderThatRenewsKeepsTheLease() {
        a.contend();
        for (int i = 0; i < 20; i++) {
            pass(Duration.ofSeconds(2));
            a.contend();
            b.contend();
            assertThat(a.isLeader()).isTrue();
            assertThat(b.isLeader()).isFalse();
        }
    }

    @Test
    void aLeaseThatIsGivenUpIsTakenAtOnce() {
        a.contend();
        a.close();
        b.contend();

        assertThat(a.isLeader()).isFalse();
        assertThat(b.isLeader()).isTrue();
    }

    @Test
    void aDeletedLeaseIsMadeAgain() {
        a.contend();
        cluster.client().leases().inNamespace("gate").withName("mg").delete();
        pass(Duration.ofSeconds(2));
        a.contend();

        assertThat(a.isLeader()).isTrue();
    }

    private void pass(Duration time) {
        clockOfA.addAndGet(time.toNanos());
        clockOfB.addAndGet(time.toNanos());
    }
}
