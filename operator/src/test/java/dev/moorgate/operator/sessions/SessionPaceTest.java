package dev.moorgate.operator.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.StickyPolicyStatus.Drain;
import dev.moorgate.operator.crd.StickyPolicyStatus.EndpointSessions;
import dev.moorgate.operator.crd.StickyPolicyStatus.Sessions;
import dev.moorgate.routetable.SourceRef;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Status shows sessions without a storm of writes (fault I15). */
class SessionPaceTest {
    private final SessionPace pace = new SessionPace();
    private Instant now = Instant.parse("2026-11-22T21:00:00Z");

    private static SessionSummary summary(long resumed, long onCart, Drain... drain) {
        return new SessionSummary(
                new Sessions(
                        "2026-11-22T21:00:00Z",
                        List.of(new EndpointSessions("cart-0", onCart, null, "7s")),
                        0L,
                        resumed,
                        Map.of(),
                        Map.of()),
                List.of(drain));
    }

    private void survey(SessionSummary summary) {
        now = now.plusSeconds(60);
        pace.surveyed(now, new TreeMap<>(Map.of(Fleet.CART, summary)));
    }

    private Optional<SessionSummary> tell(SessionSummary shown) {
        return pace.tell(Fleet.CART, shown.sessions(), shown.drain());
    }

    @Test
    void nothingIsToldBeforeTheFirstSurveyAndNothingOfNothing() {
        assertThat(pace.tell(Fleet.CART, null, List.of())).isEmpty();

        survey(new SessionSummary(new Sessions("t", List.of(), 0L, 0L, Map.of(), Map.of()), List.of()));
        assertThat(pace.tell(Fleet.CART, null, List.of())).isEmpty();

        survey(summary(4, 1));
        assertThat(pace.tell(Fleet.CART, null, List.of())).contains(summary(4, 1));
    }

    @ParameterizedTest(name = "{0} then {1}: told {2}")
    @CsvSource({
        "100,100,false",
        "100,109,false",
        "100,91,false",
        "100,111,true",
        "100,88,true",
        "3,4,true",
        "0,1,true",
        "1,0,true"
    })
    void aNumberIsToldWhenItDiffersByATenth(long shown, long next, boolean told) {
        survey(summary(next, 5));
        assertThat(tell(summary(shown, 5)).isPresent()).isEqualTo(told);

        survey(summary(7, next));
        assertThat(tell(summary(7, shown)).isPresent()).isEqualTo(told);
    }

    @Test
    void anEndpointThatBeginsToDrainAndItsLastSessionAreTold() {
        SessionSummary before = summary(100, 50);
        SessionSummary draining = summary(100, 50, new Drain("cart-0", 50L, null));
        survey(draining);
        assertThat(tell(before)).contains(draining);

        survey(before);
        assertThat(tell(draining)).contains(before);
    }

    @Test
    void aPolicyThatKeepsNoSessionsAnyMoreShowsNone() {
        pace.surveyed(now, new TreeMap<>());

        assertThat(tell(summary(1, 1))).contains(SessionSummary.NOTHING);
        assertThat(pace.tell(Fleet.CART, null, List.of())).isEmpty();
    }

    @Test
    void ofManyPoliciesEachIsToldInItsTurnAndFewInOneSurvey() {
        int policies = 600;
        Map<SourceRef, Integer> told = new HashMap<>();
        for (int survey = 0; survey < 10; survey++) {
            SortedMap<SourceRef, SessionSummary> all = new TreeMap<>();
            for (int i = 0; i < policies; i++) {
                all.put(SourceRef.of("StickyPolicy", "shop", "policy-" + i), summary(i + survey * 1_000_000L, 1));
            }
            now = now.plusSeconds(60);
            pace.surveyed(now, all);
            long inThisOne = all.keySet().stream()
                    .filter(policy -> pace.tell(policy, summary(1, 1).sessions(), List.of())
                            .isPresent())
                    .peek(policy -> told.merge(policy, 1, Integer::sum))
                    .count();
            assertThat(inThisOne).isLessThan(120);
        }

        assertThat(told).hasSizeGreaterThanOrEqualTo(policies - 1);
        assertThat(told.values()).containsOnly(1);
    }
}
