package dev.moorgate.operator.outage;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** After an outage of the API server: who is lost, and who is only said to be. */
class EndpointGraceTest {
    private static final EndpointConditions READY = new EndpointConditions(true, true, false);
    private static final EndpointConditions UNREADY = new EndpointConditions(false, false, false);
    private static final EndpointConditions DRAINING = new EndpointConditions(false, true, true);
    private static final EndpointConditions ENDING = new EndpointConditions(false, false, true);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final ApiPulse pulse = new ApiPulse(nanos::get);
    private final EndpointGrace grace = new EndpointGrace(pulse);

    @Test
    void endpointsThatTurnUnreadyWhileTheApiServerIsThereAreUnready() {
        serve(slice("app", READY, READY));
        pass(Duration.ofSeconds(5));

        assertThat(serve(slice("app", UNREADY, UNREADY))).containsExactly("app-0 unready", "app-1 unready");
        assertThat(grace.held()).isZero();
        assertThat(grace.until()).isEmpty();
    }

    @Test
    void theLastReadyEndpointsAreKeptAfterAnOutage() {
        serve(slice("app", READY, READY, UNREADY));
        outage(Duration.ofMinutes(1));

        assertThat(serve(slice("app", UNREADY, UNREADY, UNREADY)))
                .containsExactly("app-0 ready", "app-1 ready", "app-2 unready");
        assertThat(grace.held()).isEqualTo(2);
        assertThat(grace.until()).contains(EndpointGrace.GRACE);
    }

    @Test
    void newsThatComeBeforeTheFirstAnswerAreDoubtedAsWell() {
        serve(slice("app", READY));
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());

        assertThat(serve(slice("app", UNREADY))).containsExactly("app-0 ready");
    }

    @Test
    void aShortPauseIsNoOutage() {
        serve(slice("app", READY));
        outage(ApiPulse.AWAY.minusMillis(1));

        assertThat(serve(slice("app", UNREADY))).containsExactly("app-0 unready");
    }

    @Test
    void whereAnEndpointIsReadyTheOthersAreNotKept() {
        serve(slice("app", READY, READY), slice("other", READY));
        outage(Duration.ofMinutes(1));

        assertThat(serve(slice("app", READY, UNREADY), slice("other", UNREADY)))
                .containsExactly("app-0 ready", "app-1 unready", "other-0 ready");
        assertThat(serve(slice("app", READY, UNREADY), slice("other", READY)))
                .containsExactly("app-0 ready", "app-1 unready", "other-0 ready");
        assertThat(grace.held()).isZero();
    }

    @Test
    void readyMeansThoseThatWereReadyLastEvenWhereThatWasAfterTheOutage() {
        serve(slice("app", READY, UNREADY));
        outage(Duration.ofMinutes(1));
        serve(slice("app", UNREADY, READY));

        assertThat(serve(slice("app", UNREADY, UNREADY))).containsExactly("app-0 unready", "app-1 ready");
    }

    @Test
    void endpointsThatEndAreNotKept() {
        serve(slice("app", READY, READY));
        outage(Duration.ofMinutes(1));

        assertThat(serve(slice("app", DRAINING, ENDING))).containsExactly("app-0 draining", "app-1 ending");
        assertThat(serve(slice("app"))).isEmpty();
        assertThat(serve()).isEmpty();
    }

    @Test
    void theGraceEnds() {
        serve(slice("app", READY));
        outage(Duration.ofMinutes(1));
        serve(slice("app", UNREADY));
        pass(EndpointGrace.GRACE.minusSeconds(1));
        assertThat(grace.isOver()).isFalse();
        assertThat(serve(slice("app", UNREADY))).containsExactly("app-0 ready");
        assertThat(grace.until()).contains(Duration.ofSeconds(1));

        pass(Duration.ofSeconds(1));

        assertThat(grace.isOver()).isTrue();
        assertThat(serve(slice("app", UNREADY))).containsExactly("app-0 unready");
        assertThat(grace.isOver()).isFalse();
    }

    @Test
    void theSlicesOfOneServiceCountTogetherAndThoseOfAnotherNamespaceDoNot() {
        EndpointSlice second = slice("app", READY);
        second.getMetadata().setName("second");
        EndpointSlice elsewhere = slice("app", READY);
        elsewhere.getMetadata().setNamespace("elsewhere");
        serve(slice("app", READY), second, elsewhere);
        outage(Duration.ofMinutes(1));
        EndpointSlice lost = slice("app", UNREADY);
        lost.getMetadata().setNamespace("elsewhere");

        assertThat(serve(slice("app", UNREADY), second, lost))
                .containsExactly("app-0 unready", "app-0 ready", "app-0 ready");
    }

    @Test
    void nothingIsKeptThatWasNeverReadyAndTheSlicesOfTheStoreAreNotChanged() {
        EndpointSlice fresh = slice("app", UNREADY);
        outage(Duration.ofMinutes(1));
        assertThat(serve(fresh)).containsExactly("app-0 unready");
        serve(slice("app", READY));

        assertThat(serve(fresh)).containsExactly("app-0 ready");
        assertThat(fresh.getEndpoints().getFirst().getConditions()).isEqualTo(UNREADY);
    }

    /** No answer for so long, then one. */
    private void outage(Duration time) {
        nanos.addAndGet(time.toNanos());
        pulse.heard();
    }

    /** With an answer every second. */
    private void pass(Duration time) {
        for (long seconds = time.toSeconds(); seconds > 0; seconds--) {
            outage(Duration.ofSeconds(1));
        }
    }

    private List<String> serve(EndpointSlice... slices) {
        Collection<EndpointSlice> believed = grace.believed(Arrays.asList(slices));
        List<String> told = new ArrayList<>();
        for (EndpointSlice slice : believed) {
            slice.getEndpoints().forEach(endpoint -> {
                EndpointConditions conditions = endpoint.getConditions();
                told.add(endpoint.getTargetRef().getUid() + " "
                        + (conditions.equals(READY)
                                ? "ready"
                                : conditions.equals(UNREADY)
                                        ? "unready"
                                        : conditions.equals(DRAINING) ? "draining" : "ending"));
            });
        }
        return told;
    }

    private static EndpointSlice slice(String service, EndpointConditions... conditions) {
        EndpointSliceBuilder slice = new EndpointSliceBuilder()
                .withNewMetadata()
                .withName(service)
                .withNamespace("shop")
                .addToLabels("kubernetes.io/service-name", service)
                .endMetadata();
        for (int i = 0; i < conditions.length; i++) {
            slice.addNewEndpoint()
                    .withAddresses("10.0.0." + i)
                    .withConditions(conditions[i])
                    .withNewTargetRef()
                    .withUid(service + "-" + i)
                    .endTargetRef()
                    .endEndpoint();
        }
        return slice.build();
    }
}
