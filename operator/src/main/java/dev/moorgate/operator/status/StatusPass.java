package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.expose.ServiceAddresses;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.SessionSurvey.Survey;
import dev.moorgate.operator.sessions.SessionStatuses;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One look at every object of a report, and a patch for each whose status is not what it should be. Objects that have not changed since
 * they were found right are not looked at again. One thread; patches go out on a few of their own.
 */
final class StatusPass implements AutoCloseable {
    private static final int WRITERS = 4;
    private static final Duration AFTER_CONFLICT = Duration.ofMillis(250);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
    private static final String DATA_PLANE = "DataPlane";

    private final StatusClient client;
    private final StatusSettings settings;
    private final LiveObjects objects;
    private final BooleanSupplier isLeader;
    private final Clock clock;
    private final StatusMemory memory;
    private final SessionStatuses sessions = new SessionStatuses();
    /** When every object of the report was found right. */
    private @Nullable Seen settled;

    private final ExecutorService writers = Executors.newFixedThreadPool(
            WRITERS, Thread.ofVirtual().name("moorgate-status-", 0).factory());

    /**
     * What a pass did.
     *
     * @param again when to look once more, for something went wrong
     */
    record Result(int written, Optional<Duration> again) {}

    /** All that a look at the objects of a report depends on. */
    private record Seen(StatusReport report, String digest, Rollout rollout, long survey, Object objects) {
        static Seen of(Compilation compilation, Progress progress, long survey, Object objects) {
            Rollout now = progress.rollout();
            // which push it was says nothing: a change of endpoints is one
            var rollout = new Rollout(
                    now.connected(), Optional.empty(), now.digest(), now.refusal(), now.sources(), now.replicas());
            return new Seen(compilation.report(), progress.digest(), rollout, survey, objects);
        }
    }

    /** A patch that should be sent. */
    private record Patch(StatusKind kind, HasMetadata live, ObjectNode status, boolean takesBack) {
        Patch(StatusKind kind, HasMetadata live, ObjectNode status) {
            this(kind, live, status, false);
        }
    }

    private record Sent(Patch patch, Future<StatusClient.Outcome> outcome) {}

    StatusPass(
            StatusClient client, StatusSettings settings, LiveObjects objects, BooleanSupplier isLeader, Clock clock) {
        this.client = client;
        this.settings = settings;
        this.objects = objects;
        this.isLeader = isLeader;
        this.clock = clock;
        this.memory = new StatusMemory(clock);
    }

    /** What the next runs tell of sessions. */
    void surveyed(Survey survey, Compilation compilation) {
        sessions.surveyed(survey, compilation.table(), compilation.endpoints());
    }

    Result run(Compilation compilation, Progress progress) {
        Seen now = Seen.of(compilation, progress, sessions.number(), objects.state());
        boolean isSettled = now.equals(settled);
        Ownership ownership = new Ownership(objects, settings.gatewayController(), compilation.report());
        StatusMerge merge = new StatusMerge(
                settings.gatewayController(),
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                ownership::isOursOrGone);
        RolloutConditions conditions = new RolloutConditions(progress);
        Set<StatusMemory.Key> told = new HashSet<>();
        List<Patch> patches = new ArrayList<>();
        if (isSettled) {
            dataPlane(compilation, progress, merge).ifPresent(patches::add);
            return send(patches);
        }
        compilation.report().withheld().forEach(object -> told.add(StatusMemory.Key.of(object)));
        compilation.report().statuses().forEach((object, status) -> {
            StatusMemory.Key key = StatusMemory.Key.of(object);
            told.add(key);
            if (object.kind().equals(StatusKind.INGRESS.kind())) {
                memory.holds(key);
            }
            patch(object, status, progress, conditions, merge).ifPresent(patches::add);
        });
        dataPlane(compilation, progress, merge).ifPresent(patches::add);
        clean(told, merge, patches);
        settled = patches.isEmpty() ? now : null;
        return send(patches);
    }

    private Optional<Patch> patch(
            ObjectRef object, ObjectStatus status, Progress progress, RolloutConditions conditions, StatusMerge merge) {
        Optional<StatusKind> kind = StatusKind.of(object.kind());
        Optional<? extends HasMetadata> live = objects.find(object.kind(), object.namespace(), object.name());
        if (kind.isEmpty() || live.isEmpty() || Metadata.generation(live.get()) < object.generation()) {
            return Optional.empty();
        }
        boolean isSticky = kind.get() == StatusKind.STICKY_POLICY;
        List<Object> cause = List.of(
                status,
                object.generation(),
                progress.spread(object.source()),
                progress.isInstalled(object.source()),
                progress.refusal(),
                isSticky ? sessions.number() : 0);
        if (memory.isRight(object, version(live.get()), cause)) {
            return Optional.empty();
        }
        ObjectNode wanted = Trees.of(status.render());
        conditions.apply(kind.get(), object, wanted);
        if (isSticky) {
            Progress.Spread spread = progress.spread(object.source());
            wanted.put("tableVersion", spread.digest());
            wanted.put("ackedReplicas", spread.acked());
            wanted.put("replicas", spread.ready());
            StickyPolicySpec spec = live.get() instanceof StickyPolicy policy ? policy.getSpec() : null;
            sessions.add(object.source(), spec, Trees.status(live.get()), wanted);
        }
        Optional<ObjectNode> patch =
                merge.patch(kind.get(), object.namespace(), Trees.status(live.get()), Trees.normal(wanted));
        if (patch.isEmpty()) {
            memory.right(object, version(live.get()), cause);
        }
        return patch.map(changes -> new Patch(kind.get(), live.get(), changes));
    }

    private Optional<Patch> dataPlane(Compilation compilation, Progress progress, StatusMerge merge) {
        Optional<? extends HasMetadata> live = objects.find(DATA_PLANE, settings.namespace(), settings.dataPlane());
        if (live.isEmpty()) {
            return Optional.empty();
        }
        ObjectRef object = new ObjectRef(
                Crds.API_VERSION,
                DATA_PLANE,
                settings.namespace(),
                settings.dataPlane(),
                Metadata.generation(live.get()));
        ObjectNode wanted = DataPlaneStatuses.status(object, compilation, progress);
        wanted.putArray("controllers").add(settings.gatewayController()).add(settings.ingressController());
        JsonNode existing = Trees.status(live.get());
        return merge.patch(StatusKind.DATA_PLANE, object.namespace(), existing, Trees.normal(wanted))
                .filter(changes -> !isOnlyEndpoints(changes) || memory.mayCount())
                .map(changes -> new Patch(StatusKind.DATA_PLANE, live.get(), changes));
    }

    /** Endpoints come and go all day: their number alone is told now and then. */
    private static boolean isOnlyEndpoints(ObjectNode changes) {
        return changes.size() == 1 && changes.has("endpoints");
    }

    /** Objects that the report does not speak of may still have a status of ours. */
    private void clean(Set<StatusMemory.Key> told, StatusMerge merge, List<Patch> patches) {
        Set<String> addresses = objects.find("Service", settings.namespace(), settings.ingressService())
                .filter(Service.class::isInstance)
                .map(service -> Set.copyOf(ServiceAddresses.of((Service) service)))
                .orElse(Set.of());
        for (StatusKind kind : StatusKind.values()) {
            if (kind.shape() != StatusKind.Shape.PARENTS
                    && kind.shape() != StatusKind.Shape.ANCESTORS
                    && kind.shape() != StatusKind.Shape.INGRESS) {
                continue;
            }
            for (HasMetadata live : objects.list(kind.kind())) {
                StatusMemory.Key key = new StatusMemory.Key(kind.kind(), Metadata.namespace(live), Metadata.name(live));
                if (told.contains(key) || memory.isForeign(key, version(live))) {
                    continue;
                }
                // Two controllers may have the same addresses, as those of the nodes.
                if (live instanceof Ingress ingress && !memory.isHeld(key) && Ownership.isOfOthers(ingress, objects)) {
                    continue;
                }
                JsonNode existing = Trees.status(live);
                Optional<ObjectNode> patch = merge.cleaning(kind, key.namespace(), existing, addresses);
                patch.ifPresentOrElse(changes -> patches.add(new Patch(kind, live, changes, true)), () -> {
                    if (!existing.toString().contains(settings.gatewayController()) && kind != StatusKind.INGRESS) {
                        memory.foreign(key, version(live));
                    }
                });
            }
        }
    }

    private Result send(List<Patch> patches) {
        List<Sent> sent = new ArrayList<>();
        boolean isHeldBack = false;
        for (Patch patch : patches) {
            if (memory.mayWrite(key(patch), patch.status())) {
                Callable<StatusClient.Outcome> task = () -> send(patch);
                sent.add(new Sent(patch, writers.submit(task)));
            } else {
                isHeldBack = true;
            }
        }
        int written = 0;
        Optional<Duration> again = isHeldBack ? Optional.of(StatusMemory.PATIENCE) : Optional.empty();
        for (Sent one : sent) {
            StatusClient.Outcome outcome = await(one.outcome());
            if (outcome == StatusClient.Outcome.WRITTEN || outcome == StatusClient.Outcome.REFUSED) {
                memory.wrote(key(one.patch()), one.patch().status());
                if (one.patch().takesBack()) {
                    memory.letGo(key(one.patch()));
                }
                written++;
            } else if (outcome == StatusClient.Outcome.CONFLICT) {
                again = Optional.of(AFTER_CONFLICT);
            } else if (outcome == StatusClient.Outcome.FAILED && !again.equals(Optional.of(AFTER_CONFLICT))) {
                again = Optional.of(AFTER_FAILURE);
            }
        }
        return new Result(written, again);
    }

    private StatusClient.Outcome send(Patch patch) {
        if (!isLeader.getAsBoolean()) {
            return StatusClient.Outcome.GONE;
        }
        HasMetadata live = patch.live();
        return client.patch(
                patch.kind(),
                live.getApiVersion(),
                Metadata.namespace(live),
                Metadata.name(live),
                version(live),
                patch.status());
    }

    private static StatusClient.Outcome await(Future<StatusClient.Outcome> future) {
        try {
            return future.get();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return StatusClient.Outcome.FAILED;
        } catch (ExecutionException bug) {
            throw new IllegalStateException(bug.getCause());
        }
    }

    private static StatusMemory.Key key(Patch patch) {
        return new StatusMemory.Key(patch.kind().kind(), Metadata.namespace(patch.live()), Metadata.name(patch.live()));
    }

    private static String version(HasMetadata live) {
        return Objects.requireNonNullElse(live.getMetadata().getResourceVersion(), "");
    }

    @Override
    public void close() {
        writers.shutdown();
    }
}
