package dev.moorgate.operator.watch;

import dev.moorgate.operator.crd.DataPlane;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one loop: every event of the cluster and every ack asks for the release's DataPlane to be reconciled, whatever it is about;
 * java-operator-sdk makes one walk of many events, and never runs two at once.
 */
public final class DataPlaneReconciler implements Reconciler<DataPlane> {
    private static final Logger LOG = LoggerFactory.getLogger(DataPlaneReconciler.class);

    private final ReleaseWalk walk;
    private final SimpleInboundEventSource<DataPlane> events;
    private final Consumer<@Nullable Runnable> orphan;

    /** @param orphan given what is to be done while the DataPlane is gone, and null when it is back */
    DataPlaneReconciler(
            ReleaseWalk walk, SimpleInboundEventSource<DataPlane> events, Consumer<@Nullable Runnable> orphan) {
        this.walk = walk;
        this.events = events;
        this.orphan = orphan;
    }

    @Override
    public List<EventSource<?, DataPlane>> prepareEventSources(EventSourceContext<DataPlane> context) {
        return List.of(events);
    }

    @Override
    public UpdateControl<DataPlane> reconcile(DataPlane own, Context<DataPlane> context) {
        if (context.isPrimaryResourceDeleted()) {
            LOG.error(
                    "DataPlane {}/{} is deleted: its last table stays in force, and only endpoints follow until it is made again",
                    own.getMetadata().getNamespace(),
                    own.getMetadata().getName());
            orphan.accept(() -> walk.followEndpoints(own));
            return UpdateControl.noUpdate();
        }
        orphan.accept(null);
        UpdateControl<DataPlane> done = UpdateControl.noUpdate();
        return walk.run(own).map(done::rescheduleAfter).orElse(done);
    }
}
