package dev.moorgate.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.publish.Rollout.Replica;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.SourceDigests;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When a key may sign: every ready replica has the ring that holds it, and not only the same ring as all others. */
class RolloutTest {
    private static final KeyRing OLD = ring("k1");
    private static final KeyRing NEW = ring("k1", "k2");

    private static KeyRing ring(String... kids) {
        return new KeyRing(
                "moorgate",
                Arrays.stream(kids)
                        .map(kid -> new SessionKey(kid, new Redacted("ZHVtbXktZHVtbXktZHVtbXktZHVtbXktZHVtbXktMDE=")))
                        .toList());
    }

    private static Map<SourceRef, String> running(KeyRing ring) {
        return new SourceDigests()
                .of(new RouteTable(ProxySettings.STANDARD, List.of(), List.of(), List.of(), List.of(), List.of(ring)));
    }

    private static Rollout rollout(KeyRing ours, Replica... others) {
        return new Rollout(true, Optional.empty(), "whole", Optional.empty(), running(ours), List.of(others));
    }

    private static Replica replica(String name, boolean ready, KeyRing ring) {
        return new Replica(name, ready, true, "whole", Optional.empty(), running(ring));
    }

    @Test
    void agreementOnTheRingBeforeIsNoAcknowledgement() {
        Set<String> others = Set.of("b");
        assertThat(rollout(OLD, replica("b", true, OLD)).hasEverywhere(NEW, others))
                .isFalse();
        assertThat(rollout(NEW, replica("b", true, OLD)).hasEverywhere(NEW, others))
                .isFalse();
        assertThat(rollout(OLD, replica("b", true, NEW)).hasEverywhere(NEW, others))
                .isFalse();
        assertThat(rollout(NEW, replica("b", true, NEW)).hasEverywhere(NEW, others))
                .isTrue();
    }

    @Test
    void replicasThatAreNotReadyAreNotWaitedForAndThoseThatAreNotKnownAre() {
        assertThat(rollout(NEW, replica("b", false, OLD)).hasEverywhere(NEW, Set.of("b")))
                .isTrue();
        assertThat(rollout(NEW, Replica.silent("b", true)).hasEverywhere(NEW, Set.of("b")))
                .isFalse();
        assertThat(rollout(NEW).hasEverywhere(NEW, Set.of("b"))).isFalse();
        assertThat(rollout(NEW).hasEverywhere(NEW, Set.of())).isTrue();
    }

    @Test
    void aRingThatNobodyUsesIsNowhere() {
        Rollout none = new Rollout(true, Optional.empty(), "whole", Optional.empty(), Map.of(), List.of());

        assertThat(none.hasEverywhere(NEW, Set.of())).isFalse();
    }
}
