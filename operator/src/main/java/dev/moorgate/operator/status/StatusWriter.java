package dev.moorgate.operator.status;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.SessionSurvey.Survey;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what became of every object to its status, as the leader and where it differs from what is there. Safe for any thread; writes
 * on threads of its own, at most one burst a second.
 */
public final class StatusWriter implements AutoCloseable {
    private static final Duration GATHER = Duration.ofMillis(20);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** How long a first burst waits for the data planes, so that most objects are written once and not twice. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private final BooleanSupplier isLeader;
    private final TableProgress digests = new TableProgress();
    private final StatusPass pass;
    private final Burst burst;
    private final AtomicReference<@Nullable News> news = new AtomicReference<>();

    private volatile Survey survey = Survey.NONE;

    /** The newest compile, what the replicas run of it, and when (nanoTime) it came. */
    private record News(Compilation compilation, Rollout rollout, long since) {}

    /** Starts idle; {@code objects} are asked for what is there at the moment of each burst. */
    public StatusWriter(
            KubernetesClient client, StatusSettings settings, LiveObjects objects, BooleanSupplier isLeader) {
        this(client, settings, objects, isLeader, Clock.systemUTC(), INTERVAL);
    }

    StatusWriter(
            KubernetesClient client,
            StatusSettings settings,
            LiveObjects objects,
            BooleanSupplier isLeader,
            Clock clock,
            Duration interval) {
        this.isLeader = isLeader;
        this.pass = new StatusPass(new StatusClient(client), settings, objects, isLeader, clock);
        this.burst = new Burst("moorgate-status", GATHER, interval, this::run);
    }

    /** Takes the newest compile and what the replicas run of it; returns at once. Call it after each compile and each ack. */
    public void write(Compilation compilation, Rollout rollout) {
        news.updateAndGet(old -> new News(
                compilation,
                rollout,
                old != null && old.compilation().equals(compilation) ? old.since() : System.nanoTime()));
        if (isLeader.getAsBoolean()) {
            burst.request();
        }
    }

    /** Takes what the replicas know of sticky sessions; returns at once. */
    public void surveyed(Survey newest) {
        survey = newest;
        if (isLeader.getAsBoolean()) {
            burst.request();
        }
    }

    private boolean run() {
        News newest = news.get();
        if (newest == null || !isLeader.getAsBoolean()) {
            return false;
        }
        Progress progress = digests.of(newest.compilation().table(), newest.rollout());
        long waited = System.nanoTime() - newest.since();
        if (!progress.spread().isComplete() && progress.refusal().isEmpty() && waited < PATIENCE.toNanos()) {
            burst.request(PATIENCE.minusNanos(waited));
            return false;
        }
        pass.surveyed(survey, newest.compilation());
        StatusPass.Result result = pass.run(newest.compilation(), progress);
        result.again().ifPresent(burst::request);
        return result.written() > 0;
    }

    /** Ends; what is not written yet is left to the next leader. */
    @Override
    public void close() {
        burst.close();
        pass.close();
    }
}
