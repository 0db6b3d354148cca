package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.upstream.Deadline;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import dev.moorgate.routetable.Upstream.HealthCheck;
import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The checks of one endpoint, one after the other. What was counted outlives tables and address changes. Its event loop only.
 */
final class EndpointCheck {
    private static final long MOST_FIRST = TimeUnit.SECONDS.toNanos(1);

    private final HealthChecker checker;
    private final EndpointState state;
    private final Deadline next = new Deadline(this::due);
    private final Deadline limit = new Deadline(this::late);
    private UpstreamTarget target;
    private HealthCheck check;
    private @Nullable Probe probe;
    private @Nullable Channel channel;
    private int passes;
    private int failures;

    EndpointCheck(HealthChecker checker, EndpointState state, UpstreamTarget target, HealthCheck check) {
        this.checker = checker;
        this.state = state;
        this.target = target;
        this.check = check;
    }

    /** The first one comes soon, but not with all others'. */
    void begin() {
        long span = Math.min(check.interval().toNanos(), MOST_FIRST);
        checker.arm(next, (long) (checker.chance() * span) + 1);
    }

    /** Another table's word on the same endpoint. */
    void adopt(UpstreamTarget newTarget, HealthCheck newCheck) {
        boolean sooner = newCheck.interval().compareTo(check.interval()) < 0;
        target = newTarget;
        check = newCheck;
        if (sooner && next.isArmed()) {
            begin();
        }
    }

    /** Nobody asks any more: what it found is forgotten. */
    void end() {
        next.disarm();
        leave();
        state.checkPassed();
    }

    private void due() {
        long wait = checker.pace(target.address());
        if (wait > 0) {
            checker.arm(next, wait);
            return;
        }
        Probe begun = switch (check.kind()) {
            case HTTP ->
                target.isHttp2()
                        ? new HttpStreamProbe(check, target, this::finished)
                        : new HttpProbe(check, target, this::finished);
            case GRPC -> new GrpcProbe(check, target.overHttp2(), this::finished);
            case TCP -> new Probe(target, this::finished);
        };
        probe = begun;
        checker.arm(limit, check.timeout().toNanos());
        Channel opened = checker.connect(target, begun);
        if (!begun.isFinished()) {
            channel = opened;
        } else if (opened != null) {
            var _ = opened.close();
        }
    }

    private void late() {
        Probe slow = probe;
        if (slow != null) {
            slow.finish("no outcome within " + check.timeout().toMillis() + " ms");
        }
    }

    private void finished(String outcome) {
        leave();
        boolean passed = outcome.equals(Probe.PASSED);
        passes = passed ? passes + 1 : 0;
        failures = passed ? 0 : failures + 1;
        if (passes >= check.healthyAfter()) {
            state.checkPassed();
        } else if (failures >= check.unhealthyAfter()) {
            state.checkFailed(outcome);
        }
        checker.arm(next, jittered(check.interval().toNanos()));
        checker.checked(target, passed);
    }

    /** A fifth more or less, so that replicas and endpoints do not fall into step. */
    private long jittered(long nanos) {
        return (long) (nanos * (0.8 + 0.4 * checker.chance()));
    }

    private void leave() {
        limit.disarm();
        Probe left = probe;
        probe = null;
        if (left != null) {
            left.abandon();
        }
        Channel open = channel;
        channel = null;
        if (open != null) {
            var _ = open.close();
        }
    }
}
