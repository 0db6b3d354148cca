package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.StatusReport;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventWriterTest {
    private final MockCluster cluster = new MockCluster();
    private final EventWriter events = new EventWriter(cluster.client(), "pod-a", cluster, () -> true);

    @BeforeEach
    void create() {
        cluster.create(new IngressBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web")
                .endMetadata()
                .build());
        cluster.see();
    }

    @AfterEach
    void close() {
        events.close();
        cluster.close();
    }

    @Test
    void aMistakeIsToldOnceHoweverOftenItIsReportedAndByWhomever() {
        events.tell(report("Service cart does not exist", 1));
        events.tell(report("Service cart does not exist", 2));
        try (EventWriter other = new EventWriter(cluster.client(), "pod-b", cluster, () -> true)) {
            other.tell(report("Service cart does not exist", 2));
        }

        assertThat(written()).hasSize(1).first().satisfies(event -> {
            assertThat(event.getNote()).isEqualTo("spec: Service cart does not exist");
            assertThat(event.getType()).isEqualTo("Warning");
            assertThat(event.getReason()).isEqualTo("ServiceNotFound");
            assertThat(event.getRegarding().getName()).isEqualTo("web");
        });
    }

    /** As where the answer to a create was lost and the client tried it again. */
    @Test
    void anEventThatIsThereAlreadyIsToldAndNotTriedAgain() {
        events.tell(report("Service cart does not exist", 1));
        try (EventWriter other = new EventWriter(cluster.client(), "pod-b", cluster, () -> true)) {
            int before = cluster.requests();
            assertThat(other.tell(report("Service cart does not exist", 1))).isTrue();
            assertThat(cluster.requests()).isEqualTo(before + 1);

            assertThat(other.tell(report("Service cart does not exist", 1))).isFalse();
            assertThat(cluster.requests()).isEqualTo(before + 1);
        }
    }

    @Test
    void anotherMistakeIsAnotherEvent() {
        events.tell(report("Service cart does not exist", 1));
        events.tell(report("Service shop does not exist", 2));

        assertThat(written()).hasSize(2);
    }

    @Test
    void aThousandMistakesAreToldAtALimitedRate() {
        var report = StatusReport.builder();
        for (int i = 0; i < 1_000; i++) {
            report.error(ingress(1), Reason.SERVICE_NOT_FOUND, "spec.rules[" + i + "]", "x".repeat(5_000));
        }
        events.tell(report.build());

        assertThat(written())
                .hasSizeLessThanOrEqualTo(20)
                .allSatisfy(event -> assertThat(event.getNote()).hasSizeLessThanOrEqualTo(1_024));
    }

    private List<Event> written() {
        return cluster.client()
                .events()
                .v1()
                .events()
                .inNamespace("shop")
                .list()
                .getItems();
    }

    private static StatusReport report(String message, long generation) {
        return StatusReport.builder()
                .error(ingress(generation), Reason.SERVICE_NOT_FOUND, "spec", message)
                .build();
    }

    private static ObjectRef ingress(long generation) {
        return new ObjectRef("networking.k8s.io/v1", "Ingress", "shop", "web", generation);
    }
}
