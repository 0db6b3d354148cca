package dev.moorgate.routetable.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Digests are equal exactly when the values are. */
class DigestTest {

    @Test
    void anyOneFieldThatDiffersGivesAnotherDigest() {
        assertThat(distinct(Samples.everything())).isGreaterThan(250);
        assertThat(distinct(Samples.endpoints())).isGreaterThan(30);
    }

    /** How many different values were seen, all with digests of their own. */
    private static int distinct(Record value) {
        Map<String, Record> seen = new HashMap<>();
        seen.put(Digest.of(value), value);
        for (Record variant : Generated.variants(value)) {
            Record other = seen.put(Digest.of(variant), variant);
            if (other != null) {
                assertThat(variant).isEqualTo(other);
            }
        }
        return seen.size();
    }

    @Test
    void equalTablesMadeApartHaveEqualDigests() throws WireException {
        RouteTable table = Samples.everything();
        RouteTable copy = TableReader.routeTable(TableWriter.WIRE.write(table));

        assertThat(copy).isNotSameAs(table).isEqualTo(table);
        assertThat(Digest.of(copy)).isEqualTo(Digest.of(table));
        for (Record variant : Generated.variants(table)) {
            var other = (RouteTable) variant;
            assertThat(Digest.of(TableReader.routeTable(TableWriter.WIRE.write(other))))
                    .isEqualTo(Digest.of(other));
        }
    }

    @Test
    void textMovedFromOneFieldToTheNextChangesTheDigest() {
        assertThat(Digest.of(new SourceRef("Service", "ab", "c", "")))
                .isNotEqualTo(Digest.of(new SourceRef("Service", "a", "bc", "")));
    }

    @Test
    void brokenSurrogatesAreToldApart() {
        assertThat(Digest.of(SourceRef.of("Service", "a", "\uD800")))
                .isNotEqualTo(Digest.of(SourceRef.of("Service", "a", "\uDBFF")));
    }

    /** A change of the canonical form would make replicas of two releases disagree: it is a decision, not an accident. */
    @Test
    void rememberedPartsGiveTheDigestThatAFreshLookGives() {
        var memo = new Digest.Memo();
        for (Record variant : Generated.variants(Samples.everything())) {
            assertThat(memo.of((RouteTable) variant)).isEqualTo(Digest.of((RouteTable) variant));
        }
    }

    @Test
    void theCanonicalFormStays() {
        assertThat(Digest.of(new EndpointTable(List.of())))
                .isEqualTo("af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc");
    }
}
