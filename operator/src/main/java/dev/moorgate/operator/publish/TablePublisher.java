package dev.moorgate.operator.publish;

import dev.moorgate.operator.publish.PublishTransport.Answer;
import dev.moorgate.operator.publish.PublishTransport.Document;
import dev.moorgate.operator.publish.Rollout.Refusal;
import dev.moorgate.operator.publish.Rollout.Replica;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.DeltaPush;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one data plane at the newest table: one push in flight, the newest wins, only what changed travels, the whole table on
 * any doubt (faults I1 to I3). Calls return at once; any thread. What became of a push is told by {@link #rollout}.
 */
public final class TablePublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TablePublisher.class);
    private static final Duration HOLD = Duration.ofSeconds(25);
    private static final Duration CLOSING = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration MOST_PAUSE = Duration.ofMillis(500);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration MOST_RETRY = Duration.ofSeconds(60);

    /** What is to be in force. */
    private record Wanted(RouteTable table, EndpointTable endpoints) {}

    private final PublishTransport transport;
    private final DataPlaneView view = new DataPlaneView();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final List<Thread> threads;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private @Nullable Wanted wanted;
    /** What was wanted when the data plane last applied or refused it. */
    private @Nullable Wanted settled;
    /** In force for certain; absent: in doubt. */
    private @Nullable Stamped acked;

    private long retryAt;
    private long acks;
    private boolean closed;

    private final PushOrder order;
    private final Stamped.Memos memos = new Stamped.Memos();
    private final BackOff broken = new BackOff(FIRST_PAUSE, MOST_PAUSE, RandomGenerator.getDefault());
    private final BackOff refused = new BackOff(FIRST_RETRY, MOST_RETRY, RandomGenerator.getDefault());
    private volatile @Nullable Stamped sent;

    private volatile Supplier<List<Replica>> others = List::of;

    /** {@code epochMillis}: the wall clock, for the order of operator processes. Starts threads of its own. */
    public TablePublisher(PublishTransport transport, LongSupplier epochMillis) {
        this.transport = transport;
        this.order = new PushOrder(epochMillis);
        this.threads = List.of(
                Thread.ofVirtual().name("moorgate-publish").unstarted(this::pushing),
                Thread.ofVirtual().name("moorgate-publish-watch").unstarted(this::watching));
        threads.forEach(Thread::start);
    }

    /** Brings a table and its endpoints into force; nothing to do where they are. */
    public void publish(RouteTable table, EndpointTable endpoints) {
        want(new Wanted(table, endpoints));
    }

    /** Brings endpoints of the table that was published last into force; nothing to do before the first. */
    public void publishEndpoints(EndpointTable endpoints) {
        lock.lock();
        try {
            if (wanted != null) {
                want(new Wanted(wanted.table(), endpoints));
            }
        } finally {
            lock.unlock();
        }
    }

    private void want(Wanted next) {
        lock.lock();
        try {
            if (!next.equals(wanted)) {
                wanted = next;
                refused.reset();
                news.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What our own data plane runs, and the other replicas where they are followed, as of now. */
    public Rollout rollout() {
        return view.rollout().with(others.get());
    }

    /** Has the other replicas stand in {@link #rollout}, and listeners called when they change. */
    public void follow(ReplicaFollower follower) {
        others = follower::replicas;
        follower.onChange(() -> tell(true));
        tell(true);
    }

    /** Called after every change of {@link #rollout}, on a thread of ours; must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    private void tell(boolean changed) {
        if (changed) {
            listeners.forEach(Runnable::run);
        }
    }

    private void pushing() {
        try {
            for (Wanted next = work(); next != null; next = work()) {
                try {
                    bring(next);
                    broken.reset();
                } catch (IOException e) {
                    LOG.debug("The data plane is in doubt: {}", e.toString());
                    doubt();
                    tell(view.lost());
                    Thread.sleep(broken.pause());
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for something to do; nothing more where we are closed. */
    private @Nullable Wanted work() throws InterruptedException {
        lock.lock();
        try {
            while (!closed) {
                if (wanted != null && (!wanted.equals(settled) || acked == null && retryAt == 0)) {
                    return wanted;
                }
                if (retryAt == 0) {
                    news.await();
                } else if (news.awaitNanos(retryAt - System.nanoTime()) <= 0) {
                    retryAt = 0;
                    settled = null;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void bring(Wanted next) throws IOException, InterruptedException {
        Stamped base = inForce();
        if (base == null) {
            Answer found = transport.installed(TableVersion.NONE, Duration.ZERO);
            base = recognised(found.ack());
            if (base == null) {
                whole(next, found.ack());
                return;
            }
        }
        Stamped target = stamped(next, base);
        if (target.saysTheSame(base)) {
            applied(next, base);
            return;
        }
        TableVersion version = target.table().equals(base.table())
                ? order.nextEndpoints(base.push().version())
                : order.nextTable(base.push().version());
        target = target.as(version);
        sent = target;
        Answer answer = transport.send(Document.DELTA, TableWriter.WIRE.write(DeltaPush.between(base, target)));
        if (isAppliedAs(target, answer)) {
            applied(next, target);
        } else {
            // Refused for its base or for its content: the whole table tells.
            doubt();
        }
    }

    /** What we pushed, where exactly that is in force. */
    private @Nullable Stamped recognised(Ack inForce) {
        Stamped last = sent;
        return last != null
                        && inForce.isApplied()
                        && inForce.version().equals(last.push().version())
                        && inForce.digest().equals(last.table())
                ? last
                : null;
    }

    private void whole(Wanted next, Ack inForce) throws IOException, InterruptedException {
        TableVersion found = inForce.isApplied() ? inForce.version() : TableVersion.NONE;
        if (order.isSuperseded(found)) {
            refused(next, new Refusal(found, "", "a later operator process pushes to this data plane"), inForce);
            return;
        }
        Stamped target = Stamped.of(new Push(order.nextTable(found), next.table(), next.endpoints()), memos);
        sent = target;
        Answer answer = transport.send(Document.TABLE, TableWriter.WIRE.write(target.push()));
        if (isAppliedAs(target, answer)) {
            applied(next, target);
        } else if (answer.status() == 409 || answer.ack().isApplied()) {
            throw new IOException("overtaken: " + answer.ack());
        } else if (answer.ack().outcome() instanceof Outcome.Refused(String path, String reason)) {
            refused(next, new Refusal(target.push().version(), path, reason), inForce);
        }
    }

    private Stamped stamped(Wanted next, Stamped base) {
        Push old = base.push();
        return new Stamped(
                new Push(old.version(), next.table(), next.endpoints()),
                next.table().equals(old.table()) ? base.table() : memos.tables().of(next.table()),
                next.endpoints().equals(old.endpoints())
                        ? base.endpoints()
                        : memos.endpoints().of(next.endpoints()));
    }

    private static boolean isAppliedAs(Stamped target, Answer answer) {
        Ack ack = answer.ack();
        return ack.isApplied()
                && ack.version().equals(target.push().version())
                && ack.digest().equals(target.table());
    }

    private void applied(Wanted done, Stamped now) {
        lock.lock();
        try {
            settled = done;
            acked = now;
            acks++;
            retryAt = 0;
            refused.reset();
        } finally {
            lock.unlock();
        }
        tell(view.inForce(now.push().version(), now.table(), now.push().table()));
    }

    private void refused(Wanted done, Refusal reason, Ack inForce) {
        LOG.warn("Table {} is refused: {} {}", reason.version(), reason.path(), reason.reason());
        lock.lock();
        try {
            settled = done;
            acked = null;
            retryAt = System.nanoTime() + refused.pause().toNanos();
        } finally {
            lock.unlock();
        }
        boolean changed = view.strange(inForce.isApplied() ? inForce.version() : TableVersion.NONE, inForce.digest());
        tell(view.refused(reason) || changed);
    }

    private @Nullable Stamped inForce() {
        lock.lock();
        try {
            return acked;
        } finally {
            lock.unlock();
        }
    }

    private void doubt() {
        lock.lock();
        try {
            acked = null;
            retryAt = 0;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Keeps a question open: its end, or its answer, tells of a data plane that restarted or that another pushes to. */
    private void watching() {
        var pauses = new BackOff(FIRST_PAUSE, MOST_PAUSE, RandomGenerator.getDefault());
        try {
            TableVersion known = TableVersion.NONE;
            while (true) {
                long before = count();
                Stamped expected = inForce();
                known = expected == null ? known : expected.push().version();
                try {
                    Ack ack = transport.installed(known, HOLD).ack();
                    known = ack.isApplied() ? ack.version() : TableVersion.NONE;
                    look(ack, before);
                    pauses.reset();
                } catch (IOException e) {
                    // In this order: what the doubt has the other thread find out comes after.
                    tell(view.lost());
                    doubt();
                    Thread.sleep(pauses.pause());
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private long count() {
        lock.lock();
        try {
            return acks;
        } finally {
            lock.unlock();
        }
    }

    private void look(Ack ack, long before) {
        boolean strange;
        lock.lock();
        try {
            Stamped expected = acked;
            // An answer from before the last ack says nothing about what is in force now.
            boolean fresh = acks == before;
            strange = fresh
                    && expected != null
                    && !ack.version().equals(expected.push().version())
                    && !isInFlight(ack.version());
            if (strange) {
                acked = null;
                retryAt = 0;
                news.signalAll();
            }
        } finally {
            lock.unlock();
        }
        tell(view.heard());
    }

    private boolean isInFlight(TableVersion version) {
        Stamped last = sent;
        return last != null && last.push().version().equals(version);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
        threads.forEach(Thread::interrupt);
        // they use the transport until they have noticed
        for (Thread thread : threads) {
            try {
                thread.join(CLOSING);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        transport.close();
    }
}
