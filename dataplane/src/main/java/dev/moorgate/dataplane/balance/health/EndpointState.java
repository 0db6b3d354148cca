package dev.moorgate.dataplane.balance.health;

import dev.moorgate.routetable.Endpoint;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Load and health of one endpoint of one upstream as this process sees it; outlives tables and address changes. A good
 * endpoint costs a pick one read of a field. Any thread; what {@link UpstreamHealth} writes it writes under its monitor.
 */
public final class EndpointState {
    static final int CHECK_FAILED = 1;
    static final int EJECTED = 2;
    static final int WARMING = 4;
    /** No table in force names it: requests of older ones go elsewhere while there is an elsewhere. */
    static final int GONE = 8;

    private static final int BAD = CHECK_FAILED | EJECTED;
    private static final long STAYS = Long.MIN_VALUE;
    /** More than any endpoint has under way. */
    private static final int PENALTY = 1 << 28;

    final AtomicInteger errorsInRow = new AtomicInteger();
    final AtomicInteger failuresInRow = new AtomicInteger();
    final AtomicInteger localInRow = new AtomicInteger();
    final LongAdder answers = new LongAdder();
    final LongAdder errors = new LongAdder();
    final LongAdder failures = new LongAdder();

    /** Guarded by the upstream's monitor, as the next ones are. */
    int growth;

    long answersBefore;
    long errorsBefore;
    boolean known;

    volatile long ejectedUntil;
    volatile long warmSince;
    volatile String why = "";
    volatile Endpoint endpoint;

    private final UpstreamHealth upstream;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder requests = new LongAdder();
    private final ResponseTime time = new ResponseTime();
    private volatile int flags;
    /** By the upstream's clock; {@link #STAYS}: it does not drain. */
    private volatile long drainsSince = STAYS;

    EndpointState(UpstreamHealth upstream, Endpoint endpoint) {
        this.upstream = upstream;
        this.endpoint = endpoint;
    }

    // ------------------------------------------------------------------ load

    /** A request is sent to it; {@link #end} has to follow. */
    public void begin() {
        inFlight.getAndIncrement();
        requests.increment();
    }

    /** A request that was begun is over, however. */
    public void end() {
        inFlight.getAndDecrement();
    }

    /** Requests under way. */
    public int inFlight() {
        return inFlight.get();
    }

    /** Requests ever sent. */
    public long requests() {
        return requests.sum();
    }

    /** Requests that failed as outlier detection counts. */
    public long failures() {
        return failures.sum();
    }

    /** What least request compares: whoever is out counts as loaded, so that another is drawn. */
    public int load() {
        return isGood() ? inFlight.get() : PENALTY;
    }

    /** What least time compares. */
    public double cost(long now) {
        return isGood() ? time.cost(now, inFlight.get()) : Double.MAX_VALUE;
    }

    public ResponseTime time() {
        return time;
    }

    // ------------------------------------------------------------------ health

    /** An active check says that it does not serve: its sessions move. */
    public void checkFailed() {
        checkFailed("");
    }

    /** The same, and why as people read it. */
    public void checkFailed(String reason) {
        upstream.check(this, true, reason);
    }

    /** An active check says that it serves. */
    public void checkPassed() {
        upstream.check(this, false, "");
    }

    /** Whether it is not to be used because of its checks. */
    public boolean hasFailedCheck() {
        return (flags & CHECK_FAILED) != 0 && !upstream.failsOpen();
    }

    /** Neither failed by its checks nor put aside, nor gone. */
    public boolean isGood() {
        int now = flags;
        return (now & (BAD | GONE)) == 0
                || (now & GONE) == 0 && !((now & CHECK_FAILED) != 0 && hasFailedCheck()) && !isOut();
    }

    /** Put aside, and that is to be heeded. */
    public boolean isOut() {
        return (flags & EJECTED) != 0 && !upstream.isBack(this) && !upstream.panics();
    }

    /** Whether this one of many requests may come while the endpoint gets its share bit by bit. */
    public boolean isWarm() {
        return (flags & WARMING) == 0
                || ThreadLocalRandom.current().nextInt(100) < upstream.share(this, upstream.now());
    }

    /** Takes it out for {@code base}, longer each time, whoever else is out. */
    public void eject(long now, Duration base) {
        upstream.takeOut(this, now, base, base.multipliedBy(10), "asked for");
    }

    // ------------------------------------------------------------------ for people

    /** Whether its checks have failed, whatever follows from that. */
    public boolean isCheckFailed() {
        return (flags & CHECK_FAILED) != 0;
    }

    /** Whether it is out for its failures. */
    public boolean isEjected(long now) {
        return (flags & EJECTED) != 0 && now - ejectedUntil < 0;
    }

    /** How long it is still out. */
    public Duration outFor(long now) {
        return isEjected(now) ? Duration.ofNanos(ejectedUntil - now) : Duration.ZERO;
    }

    /** Percent of its share that it gets; 100 but for slow start. */
    public int sharePercent(long now) {
        return (flags & WARMING) == 0 ? 100 : upstream.share(this, now);
    }

    /** Why its check failed or it was ejected. */
    public String why() {
        return why;
    }

    /** For how long this process has known that it drains, in seconds; 0: it does not. */
    public long drainsForSeconds(long now) {
        long since = drainsSince;
        return since == STAYS ? 0 : TimeUnit.NANOSECONDS.toSeconds(now - since);
    }

    // ------------------------------------------------------------------ of the upstream

    /** Endpoints are as they are told now. */
    void seen(Endpoint as, long now) {
        endpoint = as;
        if (as.state() == Endpoint.State.READY) {
            drainsSince = STAYS;
        } else if (drainsSince == STAYS) {
            drainsSince = now;
        }
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean isBad() {
        return (flags & BAD) != 0;
    }

    void set(int flag, boolean on) {
        int before = flags;
        flags = on ? before | flag : before & ~flag;
    }

    void clearRows() {
        if (errorsInRow.get() != 0) {
            errorsInRow.set(0);
        }
        clearFailures();
    }

    void clearFailures() {
        if (failuresInRow.get() != 0) {
            failuresInRow.set(0);
        }
        clearLocal();
    }

    void clearLocal() {
        if (localInRow.get() != 0) {
            localInRow.set(0);
        }
    }
}
