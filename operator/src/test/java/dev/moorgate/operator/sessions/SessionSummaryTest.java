package dev.moorgate.operator.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.StickyPolicyStatus.Drain;
import dev.moorgate.operator.crd.StickyPolicyStatus.EndpointSessions;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Endpoint.State;
import dev.moorgate.routetable.wire.SessionCensus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionSummaryTest {
    private static final Instant AT = Instant.parse("2026-11-22T21:00:00.250Z");

    private static SessionSummary summary(SessionCensus... replicas) {
        return SessionSummary.of(
                        List.of(replicas),
                        Fleet.table(Fleet.CART),
                        Fleet.endpoints(
                                Fleet.endpoint("cart-0", State.READY), Fleet.endpoint("cart-1", State.DRAINING)),
                        AT)
                .get(Fleet.CART);
    }

    @Test
    void aSessionThatTwoReplicasSawCountsOnceWhereItWasSeenLast() {
        SessionCensus one = new Fleet.Replica()
                .saw("cart-0", 1, 4)
                .saw("cart-1", 3, 200)
                .saw("cart-1", 5, 9)
                .of(Fleet.ID);
        SessionCensus two =
                new Fleet.Replica().saw("cart-0", 3, 5).saw("cart-0", 7, 80).of(Fleet.ID);

        SessionSummary summary = summary(one, two);

        assertThat(summary.sessions().sampledAt()).isEqualTo("2026-11-22T21:00:00Z");
        assertThat(summary.sessions().endpoints())
                .containsExactly(
                        new EndpointSessions("cart-0", 3L, null, "1m20s"),
                        new EndpointSessions("cart-1", 1L, true, "9s"));
        assertThat(summary.drain()).containsExactly(new Drain("cart-1", 1L, null));
    }

    @Test
    void aPodThatDrainsHasADeadlineFromWhenTheFirstReplicaHeardOfIt() {
        SessionCensus one = new Fleet.Replica()
                .saw("cart-1", 1, 4)
                .sawDraining("cart-1", AT.minusSeconds(600))
                .of(Fleet.ID);
        SessionCensus later = new Fleet.Replica()
                .saw("cart-1", 3, 4)
                .sawDraining("cart-1", AT.minusSeconds(30))
                .of(Fleet.ID);

        SessionSummary summary = summary(later, one);

        assertThat(summary.drain()).containsExactly(new Drain("cart-1", 2L, "2026-11-22T21:20:00Z"));
        assertThat(summary.seats().get(Fleet.ID).draining())
                .isEqualTo(Map.of("cart-1-uid/8080", AT.minusSeconds(600).getEpochSecond()));
    }

    @Test
    void theApplicationsOwnEndOfASessionIsNoFault() {
        SessionCensus census = new Fleet.Replica()
                .counted("ended", 3)
                .counted("moved_followed", 1)
                .of(Fleet.ID);

        assertThat(summary(census).sessions()).satisfies(sessions -> {
            assertThat(sessions.moved()).isEqualTo(Map.of("followed", 1L));
            assertThat(sessions.invalid()).isEmpty();
        });
    }

    @Test
    void sparseSamplesCountByWhatBothHaveOfThem() {
        SessionCensus dense = new Fleet.Replica()
                .saw("cart-0", 1, 1)
                .saw("cart-0", 4, 1)
                .saw("cart-0", 8, 1)
                .of(Fleet.ID);
        SessionCensus sparse =
                new Fleet.Replica().halved(2).saw("cart-0", 12, 1).of(Fleet.ID);

        assertThat(summary(dense, sparse).sessions().endpoints())
                .containsExactly(new EndpointSessions("cart-0", 12L, null, "1s"));
    }

    @Test
    void outcomesAreAddedAndNamedByReason() {
        SessionCensus one = new Fleet.Replica()
                .counted("expired", 1)
                .counted("moved_draining", 2)
                .counted("new", 10)
                .counted("resumed", 100)
                .of(Fleet.ID);
        SessionCensus two = new Fleet.Replica()
                .counted("moved_draining", 1)
                .counted("moved_gone", 4)
                .counted("resumed", 11)
                .counted("tampered", 3)
                .of(Fleet.ID);

        assertThat(summary(one, two).sessions()).satisfies(sessions -> {
            assertThat(sessions.begun()).isEqualTo(10);
            assertThat(sessions.resumed()).isEqualTo(111);
            assertThat(sessions.moved()).isEqualTo(Map.of("draining", 3L, "gone", 4L));
            assertThat(sessions.invalid()).isEqualTo(Map.of("expired", 1L, "tampered", 3L));
        });
    }

    @Test
    void whatIsSaidOfOtherPoliciesAndOfEndpointsThatAreGoneDoesNotCount() {
        SessionCensus other =
                new Fleet.Replica().saw("cart-0", 1, 1).counted("new", 1).of("other:shop/cart/80");
        SessionCensus gone = new Fleet.Replica().saw("cart-9", 1, 1).of(Fleet.ID);

        assertThat(summary(other, gone).isEmpty()).isTrue();
    }

    @Test
    void endpointsWithoutAPodAreNamedByAddress() {
        var address = new Endpoint(
                "shop/cart/x", "", Optional.empty(), Optional.of("2001:db8::1"), 8080, Optional.empty(), State.READY);
        SessionCensus census = new SessionCensus(List.of(new SessionCensus.Sessions(
                Fleet.ID,
                0,
                List.of(),
                List.of(new SessionCensus.Moored("shop/cart/x", List.of(new SessionCensus.Seen(1, 0)))))));

        SessionSummary summary = SessionSummary.of(
                        List.of(census), Fleet.table(Fleet.CART), Fleet.endpoints(address), AT)
                .get(Fleet.CART);

        assertThat(summary.sessions().endpoints())
                .extracting(EndpointSessions::name)
                .containsExactly("[2001:db8::1]:8080");
    }
}
