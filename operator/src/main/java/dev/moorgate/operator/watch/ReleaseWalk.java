package dev.moorgate.operator.watch;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.expose.ExposedPorts;
import dev.moorgate.operator.outage.ApiPulse;
import dev.moorgate.operator.outage.EndpointGrace;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.watch.Changes.Mark;
import dev.moorgate.routetable.EndpointTable;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One walk: snapshot, compile, publish, status; or only the end of it, where only endpoints or acks changed. One at a time; what a walk
 * could not finish the next one does.
 */
public final class ReleaseWalk {
    private static final Logger LOG = LoggerFactory.getLogger(ReleaseWalk.class);
    private static final Duration NOT_LOADED = Duration.ofSeconds(1);
    private static final Duration KEYS = Duration.ofSeconds(15);
    private static final Duration STALE = Duration.ofMinutes(5);

    private final ClusterWatch watch;
    private final Changes changes;
    private final CompileInputs inputs;
    private final TablePublisher publisher;
    private final Writers writers;
    private final WalkMetrics metrics;
    private final ListGuard guard;
    private final EndpointGrace grace;
    private final AddressProbe probe;
    private final RouteTableCompiler compiler = new RouteTableCompiler();

    private @Nullable Compilation last;
    private long generation = -1;
    private long loadedAt;
    private long compiledAt = System.nanoTime();
    private boolean wasLoaded;
    private Set<String> pods = Set.of();

    public ReleaseWalk(
            ClusterWatch watch,
            Changes changes,
            CompileInputs inputs,
            TablePublisher publisher,
            Writers writers,
            WalkMetrics metrics,
            ApiPulse pulse,
            AddressProbe probe) {
        this.watch = watch;
        this.changes = changes;
        this.inputs = inputs;
        this.publisher = publisher;
        this.writers = writers;
        this.metrics = metrics;
        this.guard = new ListGuard(watch);
        this.grace = new EndpointGrace(pulse);
        this.probe = probe;
    }

    /** Returns when to come again, should nothing happen before. */
    synchronized Optional<Duration> run(DataPlane own) {
        Set<Mark> marks = changes.take();
        // Nothing happened: it is time to look at what is no event, such as a certificate that expires.
        if (marks.isEmpty() && System.nanoTime() - compiledAt > STALE.toNanos()) {
            marks.add(Mark.OBJECTS);
        }
        if (last == null || generation != generation(own)) {
            marks.add(Mark.OBJECTS);
        }
        if (grace.isOver()) {
            marks.add(Mark.ENDPOINTS);
        }
        long start = System.nanoTime();
        long before = compiledAt;
        try {
            Optional<Duration> again = walk(own, marks);
            if (again.isPresent()) {
                changes.putBack(marks);
            }
            return again.or(grace::until);
        } catch (RuntimeException e) {
            changes.putBack(marks);
            throw e;
        } finally {
            changes.walked(start, marks, compiledAt != before);
        }
    }

    /** While the DataPlane is gone its last table stays, but pods come and go. */
    synchronized void followEndpoints(DataPlane gone) {
        Compilation before = last;
        Set<Mark> marks = changes.take();
        if (marks.remove(Mark.ENDPOINTS) && before != null) {
            endpoints(gone, before);
        }
        changes.putBack(marks);
        generation = -1;
    }

    private Optional<Duration> walk(DataPlane own, Set<Mark> marks) {
        if (!watch.isLoaded()) {
            return Optional.of(NOT_LOADED);
        }
        if (!wasLoaded) {
            wasLoaded = true;
            loadedAt = System.nanoTime();
            LOG.info("all kinds are listed; absent: {}", watch.absentKinds());
        }
        if (last == null && inputs.keys().get().isEmpty() && System.nanoTime() - loadedAt < KEYS.toNanos()) {
            // A table without keys would end every sticky session that a running data plane holds.
            return Optional.of(NOT_LOADED);
        }
        if (marks.contains(Mark.VANISHED)) {
            guard.vanished();
        }
        Compilation before = last;
        if (marks.contains(Mark.OBJECTS) || before == null) {
            return compile(own);
        }
        // An endpoint that was there first may name a pod of ours that came since.
        if (marks.contains(Mark.ENDPOINTS) || !watch.podAddresses().equals(pods)) {
            endpoints(own, before);
        }
        if (marks.contains(Mark.ROLLOUT)) {
            writers.rolled(before, publisher.rollout(), watch.replicas());
        }
        return Optional.empty();
    }

    private Optional<Duration> compile(DataPlane own) {
        long start = System.nanoTime();
        ClusterSnapshot snapshot = snapshot(own);
        ExposedPorts exposed = inputs.ports(snapshot);
        ExposedPorts ports = exposed.telling(probe.believed(Set.copyOf(exposed.places()), last == null));
        Compilation compilation = compiler.compile(snapshot, inputs.settings(ports, pods));
        Optional<Duration> secrets = watch.want(snapshot);
        if (secrets.isPresent()) {
            LOG.debug("Secrets are being read for the first time: their table follows");
            return secrets;
        }
        int routes = compilation.routes();
        if (!guard.isBelieved(routes, remembered(own))) {
            return Optional.of(ListGuard.AGAIN);
        }
        publisher.publish(compilation.table(), compilation.endpoints());
        guard.installed(routes);
        last = compilation;
        generation = generation(own);
        compiledAt = System.nanoTime();
        long nanos = System.nanoTime() - start;
        metrics.compiled(nanos, compilation);
        LOG.info(
                "compiled listeners={} routes={} upstreams={} mistakes={} millis={}",
                compilation.table().listeners().size(),
                routes,
                compilation.table().upstreams().size(),
                compilation.report().errors().size(),
                nanos / 1_000_000);
        writers.compiled(compilation, ports);
        writers.rolled(compilation, publisher.rollout(), watch.replicas());
        return Optional.empty();
    }

    private void endpoints(DataPlane own, Compilation before) {
        long start = System.nanoTime();
        ClusterSnapshot snapshot = snapshot(own);
        EndpointTable endpoints = compiler.endpoints(snapshot, inputs.addresses(pods), before.table());
        if (!endpoints.equals(before.endpoints())) {
            publisher.publishEndpoints(endpoints);
            last = before.with(endpoints);
            metrics.endpointsPublished(System.nanoTime() - start);
            LOG.debug("endpoints millis={}", (System.nanoTime() - start) / 1_000_000);
        }
    }

    private ClusterSnapshot snapshot(DataPlane own) {
        pods = watch.podAddresses();
        ClusterSnapshot snapshot = watch.snapshot(own, grace::believed);
        metrics.endpointsHeld(grace.held());
        return snapshot;
    }

    /** What the status of the DataPlane says of the last table: it outlives this process. */
    private static long remembered(DataPlane own) {
        var status = own.getStatus();
        Integer routes = status == null ? null : status.routes();
        return routes == null ? 0 : routes;
    }

    private static long generation(DataPlane own) {
        Long generation = own.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }
}
