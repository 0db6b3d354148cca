package dev.moorgate.dataplane.balance.health;

import dev.moorgate.dataplane.balance.health.HealthObserver.Change;
import dev.moorgate.dataplane.balance.health.SuccessRates.Window;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.HealthCheck;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import dev.moorgate.routetable.Upstream.SlowStart;
import dev.moorgate.routetable.Upstream.SuccessRate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoints of one upstream share over all tables: who is out and for how long, whether too many are, who is still
 * warming up. Changes are rare and happen under its monitor; picks read fields. Any thread. Times are of the registry's clock.
 */
public final class UpstreamHealth {
    /** A local share is spilled once fewer than this many percent of its endpoints are good. */
    private static final int SPILL_BELOW = 70;

    private final String name;
    private final LongSupplier nanoTime;
    private final HealthObserver observer;
    private final Map<String, EndpointState> states = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger localTurn = new AtomicInteger();
    private volatile OutlierDetection outliers = OutlierDetection.STANDARD;
    private volatile @Nullable SlowStart slowStart;
    private volatile boolean mayOpen;
    private volatile boolean panic;
    private volatile boolean open;
    private volatile int localPercent = 100;
    private List<EndpointState> ready = List.of();
    private List<EndpointState> local = List.of();
    private boolean adopted;
    private long judgedAt;

    public UpstreamHealth(String name, LongSupplier nanoTime, HealthObserver observer) {
        this.name = name;
        this.nanoTime = nanoTime;
        this.observer = observer;
        this.judgedAt = nanoTime.getAsLong();
    }

    // ------------------------------------------------------------------ tables

    /** The state of an endpoint; one that is known keeps it. */
    public EndpointState state(Endpoint endpoint) {
        EndpointState state = states.computeIfAbsent(endpoint.key(), _ -> new EndpointState(this, endpoint));
        state.seen(endpoint, nanoTime.getAsLong());
        return state;
    }

    public boolean isNew() {
        synchronized (this) {
            return !adopted;
        }
    }

    /**
     * A table is in force.
     *
     * @param readyNow endpoints that take new requests
     * @param localNow those of them that are preferred for their zone; none: no preference
     */
    public void adopt(Upstream upstream, List<EndpointState> readyNow, List<EndpointState> localNow) {
        synchronized (this) {
            outliers = upstream.outlierDetection();
            slowStart = upstream.slowStart().orElse(null);
            mayOpen = upstream.healthCheck().map(HealthCheck::failsOpen).orElse(false);
            boolean first = ready.isEmpty();
            ready = List.copyOf(readyNow);
            local = List.copyOf(localNow);
            adopted = true;
            for (EndpointState state : ready) {
                if (!state.known && !first) {
                    warm(state, nanoTime.getAsLong());
                }
                state.known = true;
            }
            recount();
        }
    }

    /** Adds those that drain, by key, and for how many seconds they have done so. */
    public void addDraining(Map<String, Long> found) {
        long now = nanoTime.getAsLong();
        states.forEach((key, state) -> {
            if (state.endpoint.state() == Endpoint.State.DRAINING) {
                found.merge(key, state.drainsForSeconds(now), Math::max);
            }
        });
    }

    /** Forgets all endpoints but these; older tables that still hold others leave them alone where they can. */
    public void retain(Set<String> keys) {
        synchronized (this) {
            states.entrySet().removeIf(known -> {
                boolean gone = !keys.contains(known.getKey());
                if (gone) {
                    known.getValue().set(EndpointState.GONE, true);
                }
                return gone;
            });
        }
    }

    /** The turn of round robin, shared by all tables and loops. */
    public AtomicInteger turn() {
        return turn;
    }

    /** The same among the endpoints of our zone: one turn for both would favour whoever stands behind those that are out. */
    public AtomicInteger localTurn() {
        return localTurn;
    }

    // ------------------------------------------------------------------ picks

    long now() {
        return nanoTime.getAsLong();
    }

    boolean panics() {
        return panic;
    }

    boolean failsOpen() {
        return open;
    }

    /** Percent of the requests that stay with the local endpoints; the others spill over. */
    public int localPercent() {
        return localPercent;
    }

    /** Percent of its share that a warming endpoint gets. */
    int share(EndpointState state, long now) {
        SlowStart rule = slowStart;
        if (rule == null) {
            return 100;
        }
        long warm = (long) (100.0 * (now - state.warmSince) / rule.window().toNanos());
        return Math.clamp(warm, rule.leastPercent(), 100);
    }

    /** Whether the time out of an ejected endpoint is over. */
    boolean isBack(EndpointState state) {
        if (now() - state.ejectedUntil < 0) {
            return false;
        }
        synchronized (this) {
            comeBack(state, now());
        }
        return true;
    }

    // ------------------------------------------------------------------ what requests meet

    /** It answered. */
    public void answered(EndpointState state, int status) {
        OutlierDetection rules = outliers;
        boolean error = status >= 500;
        if (rules.successRate().isPresent()) {
            state.answers.increment();
            if (error) {
                state.errors.increment();
            }
        }
        if (!error) {
            state.clearRows();
        } else if (status >= 502 && status <= 504) {
            state.clearLocal();
            failed(state, rules);
        } else {
            state.clearFailures();
            row(state, state.errorsInRow, rules.consecutiveErrors(), "consecutive_errors");
        }
    }

    /** It could not be connected, broke off, or did not answer in time. */
    public void failedLocally(EndpointState state) {
        OutlierDetection rules = outliers;
        if (rules.consecutiveLocalFailures() > 0) {
            state.failures.increment();
            row(state, state.localInRow, rules.consecutiveLocalFailures(), "consecutive_local_failures");
            return;
        }
        if (rules.successRate().isPresent()) {
            state.answers.increment();
            state.errors.increment();
        }
        failed(state, rules);
    }

    private void failed(EndpointState state, OutlierDetection rules) {
        state.failures.increment();
        row(state, state.failuresInRow, rules.consecutiveFailures(), "consecutive_failures");
        row(state, state.errorsInRow, rules.consecutiveErrors(), "consecutive_errors");
    }

    private void row(EndpointState state, AtomicInteger inRow, int limit, String reason) {
        int count = inRow.incrementAndGet();
        if (limit > 0 && count >= limit) {
            synchronized (this) {
                eject(state, now(), reason);
            }
        }
    }

    // ------------------------------------------------------------------ changes, under the monitor

    void check(EndpointState state, boolean failed, String reason) {
        synchronized (this) {
            state.why = failed ? reason : state.why;
            if (state.has(EndpointState.CHECK_FAILED) == failed) {
                return;
            }
            state.set(EndpointState.CHECK_FAILED, failed);
            if (!failed) {
                state.clearRows();
                warm(state, now());
            }
            tell(state, failed ? Change.CHECK_FAILED : Change.CHECK_PASSED, reason);
            recount();
        }
    }

    private void eject(EndpointState state, long now, String reason) {
        int out = 0;
        boolean isReady = false;
        for (EndpointState other : ready) {
            if (other.has(EndpointState.EJECTED)) {
                comeBack(other, now);
            }
            out += other.has(EndpointState.EJECTED) ? 1 : 0;
            isReady |= other.equals(state);
        }
        boolean mayGo = isReady
                && !state.has(EndpointState.EJECTED)
                && out + 1 < ready.size()
                && (out + 1) * 100L <= (long) outliers.mostEjectedPercent() * ready.size();
        if (mayGo) {
            takeOut(state, now, outliers.ejection(), outliers.longestEjection(), reason);
        }
    }

    /** Longer each time; every {@code base} of good service since takes one step back. */
    void takeOut(EndpointState state, long now, Duration base, Duration longest, String reason) {
        synchronized (this) {
            long nanos = base.toNanos();
            long served = state.growth > 0 && nanos > 0 ? Math.max(0, now - state.ejectedUntil) / nanos : 0;
            long most = nanos > 0 ? Math.ceilDiv(longest.toNanos(), nanos) : 1;
            state.growth = (int) Math.min(most, Math.max(0, state.growth - served) + 1);
            state.ejectedUntil = now + Math.min(longest.toNanos(), nanos * state.growth);
            state.why = reason;
            state.set(EndpointState.EJECTED, true);
            state.clearRows();
            tell(state, Change.EJECTED, reason);
            recount();
        }
    }

    private void comeBack(EndpointState state, long now) {
        if (state.has(EndpointState.EJECTED) && now - state.ejectedUntil >= 0) {
            state.set(EndpointState.EJECTED, false);
            warm(state, now);
            tell(state, Change.RETURNED, "");
            recount();
        }
    }

    private void warm(EndpointState state, long now) {
        if (slowStart != null) {
            state.warmSince = now;
            state.set(EndpointState.WARMING, true);
        }
    }

    private void recount() {
        int good = good(ready);
        int failed = 0;
        boolean ejected = false;
        for (EndpointState state : ready) {
            failed += state.has(EndpointState.CHECK_FAILED) ? 1 : 0;
            ejected |= state.has(EndpointState.EJECTED);
        }
        boolean panicNow = ejected && (good == 0 || good * 100 < outliers.panicPercent() * ready.size());
        if (panic != panicNow) {
            panic = panicNow;
            tell(null, panicNow ? Change.PANIC : Change.CALM, good + " of " + ready.size() + " endpoints are good");
        }
        boolean openNow = mayOpen && failed > 0 && failed == ready.size();
        if (open != openNow) {
            open = openNow;
            tell(null, openNow ? Change.OPENED : Change.CLOSED, failed + " of " + ready.size() + " fail their checks");
        }
        localPercent = local.isEmpty() ? 0 : Math.min(100, good(local) * 10_000 / SPILL_BELOW / local.size());
    }

    private static int good(List<EndpointState> some) {
        int good = 0;
        for (EndpointState state : some) {
            good += state.isBad() ? 0 : 1;
        }
        return good;
    }

    private void tell(@Nullable EndpointState state, Change change, String reason) {
        observer.changed(name, state == null ? null : state.endpoint, change, reason);
    }

    // ------------------------------------------------------------------ time

    /** Does what time brings: ends ejections and slow starts, and judges success rates. About once a second. */
    public void tick() {
        synchronized (this) {
            long now = now();
            for (EndpointState state : states.values()) {
                comeBack(state, now);
                if (state.has(EndpointState.WARMING) && share(state, now) == 100) {
                    state.set(EndpointState.WARMING, false);
                    tell(state, Change.WARMED, "");
                }
            }
            Optional<SuccessRate> rule = outliers.successRate();
            if (rule.isPresent() && now - judgedAt >= rule.get().interval().toNanos()) {
                judgedAt = now;
                judge(rule.get(), now);
            }
        }
    }

    private void judge(SuccessRate rule, long now) {
        List<Window> windows = new ArrayList<>(ready.size());
        for (EndpointState state : ready) {
            long answers = state.answers.sum();
            long errors = state.errors.sum();
            windows.add(new Window(answers - state.answersBefore, errors - state.errorsBefore));
            state.answersBefore = answers;
            state.errorsBefore = errors;
        }
        for (int outlier : SuccessRates.outliers(windows, rule)) {
            eject(ready.get(outlier), now, "success_rate");
        }
    }
}
