package dev.moorgate.operator;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.expose.ExposedPorts;
import dev.moorgate.operator.observe.HealthServer;
import dev.moorgate.operator.observe.OperatorMetrics;
import dev.moorgate.operator.outage.ApiPulse;
import dev.moorgate.operator.pace.WalkPace;
import dev.moorgate.operator.publish.PublishTransport;
import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.SessionSurvey;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.operator.release.ReleaseSecret;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.operator.status.EventWriter;
import dev.moorgate.operator.status.GatewayServices;
import dev.moorgate.operator.status.Leadership;
import dev.moorgate.operator.status.StatusSettings;
import dev.moorgate.operator.status.StatusWriter;
import dev.moorgate.operator.watch.AddressProbe;
import dev.moorgate.operator.watch.Changes;
import dev.moorgate.operator.watch.ClusterWatch;
import dev.moorgate.operator.watch.CompileInputs;
import dev.moorgate.operator.watch.ReconcileLoop;
import dev.moorgate.operator.watch.ReleaseWalk;
import dev.moorgate.operator.watch.Writers;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of an operator, wired: watches, loop, publisher, writers. */
public final class OperatorProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorProcess.class);
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private final List<AutoCloseable> parts = new ArrayList<>();

    private Runnable resign = () -> {};
    private BooleanSupplier connected = () -> false;

    private OperatorProcess() {}

    /** Starts in the background; nothing of the cluster has to be there yet. */
    public static OperatorProcess start(
            OperatorSettings settings,
            KubernetesClient client,
            Vertx vertx,
            PublishTransport dataPlane,
            OperatorMetrics metrics,
            ApiPulse pulse)
            throws IOException {
        OperatorProcess process = new OperatorProcess();
        if (settings.health().isPresent()) {
            process.parts.add(HealthServer.start(settings.health().get(), metrics));
        }
        TablePublisher publisher = process.open(new TablePublisher(dataPlane, System::currentTimeMillis));
        WalkPace pace = new WalkPace(System::nanoTime);
        ReconcileLoop loop = process.open(new ReconcileLoop(client, settings.scope(), metrics, pace));
        Changes changes = new Changes(loop::wake, pace, metrics);
        publisher.onChange(() -> changes.mark(Changes.Mark.ROLLOUT));
        ClusterWatch watch = process.open(new ClusterWatch(client, settings.scope(), changes));
        Leadership leadership =
                process.open(new Leadership(client, settings.namespace(), settings.lease(), settings.pod()));
        ReleaseLink link = process.open(new ReleaseLink(
                vertx,
                settings.pod(),
                settings.replica(),
                new ReleaseSecret(
                        client,
                        settings.namespace(),
                        settings.secret(),
                        settings.podSelector(),
                        InstantSource.system()),
                leadership,
                publisher,
                dataPlane::census,
                () -> changes.mark(Changes.Mark.OBJECTS)));
        CompileInputs inputs = new CompileInputs(
                new ObjectName(settings.namespace(), settings.dataPlane()),
                settings.ingressController(),
                settings.gatewayController(),
                settings.services(),
                settings.service(),
                settings.ingressPorts(),
                settings.privatePorts(),
                ALPN,
                link::keys,
                link::outlook,
                link::ownKeys,
                InstantSource.system());
        Writers writers = process.writers(settings, client, dataPlane, watch, leadership, link);
        process.resign = leadership::close;
        process.connected = () -> publisher.rollout().connected();
        watch.start();
        loop.start(new ReleaseWalk(
                watch,
                changes,
                inputs,
                publisher,
                writers,
                metrics,
                pulse,
                new AddressProbe(() -> changes.mark(Changes.Mark.OBJECTS))));
        link.start();
        // A new leader writes what it did not write before.
        leadership.start(leads -> changes.mark(Changes.Mark.OBJECTS));
        return process;
    }

    private Writers writers(
            OperatorSettings settings,
            KubernetesClient client,
            PublishTransport dataPlane,
            ClusterWatch watch,
            Leadership leadership,
            ReleaseLink link) {
        StatusSettings status = new StatusSettings(
                settings.ingressController(),
                settings.gatewayController(),
                settings.namespace(),
                settings.dataPlane(),
                settings.service());
        StatusWriter statuses = open(new StatusWriter(client, status, watch, leadership::isLeader));
        open(new SessionSurvey(
                dataPlane::census,
                link::sessions,
                leadership::isLeader,
                statuses::surveyed,
                InstantSource.system(),
                SessionSurvey.INTERVAL));
        GatewayServices services = open(new GatewayServices(
                client, settings.services(), settings.gatewayController(), watch, leadership::isLeader));
        EventWriter events = open(new EventWriter(client, settings.pod(), watch, leadership::isLeader));
        return new Writers() {
            @Override
            public void compiled(Compilation compilation, ExposedPorts ports) {
                link.compiled(compilation);
                services.write(compilation.report(), ports.allotment());
                events.write(compilation.report());
            }

            @Override
            public void rolled(Compilation compilation, Rollout rollout, List<ReplicaAddress> replicas) {
                link.follow(replicas);
                statuses.write(compilation, rollout);
            }
        };
    }

    /** Whether the data plane beside us answers. */
    boolean isConnected() {
        return connected.getAsBoolean();
    }

    /** Lets another replica lead at once; all else goes on. */
    void resign() {
        resign.run();
    }

    private <T extends AutoCloseable> T open(T part) {
        parts.add(part);
        return part;
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.debug("{} does not close", part, e);
            }
        }
    }
}
