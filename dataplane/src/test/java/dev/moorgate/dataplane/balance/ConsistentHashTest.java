package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Upstream.Balancing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys stay where they are when endpoints come and go, and no endpoint is loaded beyond the bound. */
class ConsistentHashTest {
    private static final int KEYS = 20_000;

    @ParameterizedTest(name = "{0} endpoints")
    @ValueSource(ints = {2, 3, 10, 50, 200})
    void oneEndpointLessMovesItsOwnKeysAndNoOthers(int endpoints) {
        Random random = new Random(endpoints);
        List<Endpoint> all = new ArrayList<>(ready(endpoints));
        Candidate[] before = pool(all);
        Endpoint gone = all.remove(random.nextInt(endpoints));
        Collections.shuffle(all, random);
        Candidate[] after = pool(all);

        int moved = 0;
        Map<String, Integer> heirs = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            long key = ConsistentHash.of("session-" + i);
            String was = Pools.key(ConsistentHash.choose(before, key, 0));
            String is = Pools.key(ConsistentHash.choose(after, key, 0));
            if (was.equals(gone.key())) {
                moved++;
                heirs.merge(is, 1, Integer::sum);
            } else {
                assertThat(is).isEqualTo(was);
            }
        }

        double share = (double) KEYS / endpoints;
        assertThat((double) moved).isBetween(share - 6 * Math.sqrt(share), share + 6 * Math.sqrt(share));
        assertThat(heirs).hasSizeGreaterThan(Math.min(endpoints - 1, 30) - 1);
    }

    @Test
    void keysAreSpreadEvenly() {
        Candidate[] pool = pool(ready(10));
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            counts.merge(Pools.key(ConsistentHash.choose(pool, ConsistentHash.of("192.0.2." + i), 0)), 1, Integer::sum);
        }

        assertThat(counts.values())
                .hasSize(10)
                .allSatisfy(count -> assertThat(count).isBetween(1_750, 2_250));
    }

    @ParameterizedTest(name = "at most {0} % of the mean")
    @ValueSource(ints = {100, 125, 200})
    void aFavouriteKeyIsSpreadAtTheBound(int percent) {
        Candidate[] pool = pool(ready(10));
        long key = ConsistentHash.of("everyone");
        Candidate home = ConsistentHash.choose(pool, key, percent);

        for (int i = 1; i <= 1_000; i++) {
            ConsistentHash.choose(pool, key, percent).state().begin();
            int most = 0;
            for (Candidate candidate : pool) {
                most = Math.max(most, candidate.state().inFlight());
            }
            assertThat((double) most).isLessThanOrEqualTo(Math.ceil(i * percent / 1_000.0));
        }

        assertThat(home.state().inFlight()).isEqualTo(percent);
    }

    @Test
    void belowTheBoundAKeyStaysAtHomeWhateverTheLoadElsewhere() {
        Candidate[] pool = pool(ready(5));
        long key = ConsistentHash.of("me");
        Candidate home = ConsistentHash.choose(pool, key, 0);
        for (Candidate candidate : pool) {
            candidate.state().begin();
        }

        assertThat(ConsistentHash.choose(pool, key, 125)).isSameAs(home);
    }

    private static Candidate[] pool(List<Endpoint> endpoints) {
        return new EndpointRegistry(() -> 0)
                .set(Pools.upstream("u", Balancing.ROUND_ROBIN), endpoints)
                .all()
                .toArray(Candidate[]::new);
    }
}
