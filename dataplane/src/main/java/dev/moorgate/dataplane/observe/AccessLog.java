package dev.moorgate.dataplane.observe;

import dev.moorgate.routetable.ProxySettings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line a request. The line is formatted on the event loop straight into the record's own buffer and copied into a
 * bounded ring: handing over the fields would copy the same octets and cost objects beside. One daemon thread writes
 * whole batches; a blocked or broken output fills the ring, then a second, larger one that is there for as long as it is needed, and
 * then loses lines, which are counted. It never stops a loop.
 */
public final class AccessLog implements ExchangeObserver, MetricSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int RING = 1 << 20;
    /** The second ring is so many times the first. */
    private static final int MORE = 4;

    /** It is given back when the writer has rested so often without a line in it. */
    private static final int UNUSED_RESTS = 32;

    private static final int BATCH = 64 << 10;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);

    /**
     * The writer rests between batches, so that a line costs no wake-up, for as long as a batch takes to collect: after a longer rest
     * the lines are gone from the processor's cache, a shorter one takes the core from an event loop for little. It ends early
     * when half of the ring is full.
     */
    record Rest(Duration shortest, Duration longest) {
        static final Rest STANDARD = new Rest(Duration.ofMillis(10), Duration.ofMillis(100));
    }

    /** Whether query strings are written: they often hold tokens. */
    public enum Queries {
        OMITTED,
        KEPT
    }

    private final OutputStream output;
    private final boolean withQuery;
    private final int ringBytes;
    private final Rest rest;
    /** Small until lines are asked for. */
    private volatile LogRing ring = new LogRing(LogLine.LIMIT, Arena.ofAuto());

    /** For what the first has no room for; what waits here is newer than all that waits there. */
    private volatile @Nullable LogRing more;

    private final LongAdder dropped = new LongAdder();
    private final AtomicLong failed = new AtomicLong();
    private final Thread writer;
    /** The output may end within a line. The writer only. */
    private boolean torn;

    private volatile ProxySettings.AccessLog form = ProxySettings.AccessLog.OFF;
    private boolean sized;
    /** The writer is parked until there is a line. */
    private volatile boolean waiting;
    /** The writer rests between batches. */
    private volatile boolean resting;

    private volatile boolean closed;

    /** Owns {@code output} from now on. Nothing is written before {@link #form}. */
    AccessLog(OutputStream output, Queries queries, int ringBytes, Rest rest) {
        this.output = output;
        this.withQuery = queries == Queries.KEPT;
        this.ringBytes = ringBytes;
        this.rest = rest;
        this.writer = Thread.ofPlatform().daemon().name("moorgate-access-log").start(this::run);
    }

    public static AccessLog toStdout(Queries queries) {
        var stdout = new FileOutputStream(FileDescriptor.out) {
            @Override
            public void close() {
                // it is the process's: others write there still
            }
        };
        return new AccessLog(stdout, queries, RING, Rest.STANDARD);
    }

    /** Appends to the file; a file that was moved away is made anew within a second. */
    public static AccessLog toFile(Path file, Queries queries) throws IOException {
        return new AccessLog(new LogFile(file), queries, RING, Rest.STANDARD);
    }

    /** What the table in force asks for. Any thread. */
    public synchronized void form(ProxySettings.AccessLog wanted) {
        if (wanted != ProxySettings.AccessLog.OFF && !sized) {
            sized = true;
            ring = new LogRing(ringBytes, Arena.ofAuto());
        }
        form = wanted;
    }

    @Override
    public void finished(ExchangeRecord exchange) {
        switch (form) {
            case JSON -> LogForm.json(exchange, withQuery);
            case COMBINED -> LogForm.combined(exchange, withQuery);
            case OFF -> {
                return;
            }
        }
        LogRing.Put put = put(exchange.line.bytes(), exchange.line.length());
        if (put == LogRing.Put.NO_ROOM) {
            dropped.increment();
        } else if (waiting || resting && put == LogRing.Put.STORED_HALF_FULL) {
            waiting = false;
            resting = false;
            LockSupport.unpark(writer);
        }
    }

    private LogRing.Put put(byte[] line, int length) {
        LogRing second = more;
        if (second == null || second.isEmpty()) {
            LogRing.Put put = ring.put(line, length);
            if (put != LogRing.Put.NO_ROOM) {
                return put;
            }
            second = second();
        }
        LogRing.Put put = second.put(line, length);
        // given back since it was looked up: it was empty, and the first has room
        return put == LogRing.Put.CLOSED ? put(line, length) : put;
    }

    private synchronized LogRing second() {
        LogRing known = more;
        if (known == null) {
            known = new LogRing(MORE * ringBytes, Arena.ofShared());
            more = known;
        }
        return known;
    }

    /** Lines that were lost because the output was slower than the requests, or failed. */
    public long dropped() {
        return dropped.sum() + failed.get();
    }

    @Override
    public void collect(MetricSheet sheet) {
        sheet.counter("moorgate_access_log_dropped", "Lines that were lost.", dropped());
        LogRing second = more;
        sheet.gauge(
                "moorgate_access_log_memory_bytes",
                "Held for lines that wait to be written.",
                (long) ring.capacity() + (second == null ? 0 : second.capacity()));
    }

    private void run() {
        var batch = new byte[BATCH];
        boolean broken = false;
        long shortest = rest.shortest().toNanos();
        long nanos = shortest;
        int sinceRest = 0;
        int unused = 0;
        while (true) {
            int length = drain(batch);
            if (!isSecondEmpty()) {
                unused = 0;
            }
            if (length > 0) {
                broken = write(batch, length, broken);
                sinceRest += length;
                if (length < BATCH - LogLine.LIMIT && !closed && isSecondEmpty()) {
                    nanos = sinceRest < BATCH
                            ? Math.min(2 * nanos, rest.longest().toNanos())
                            : Math.max(nanos / 2, shortest);
                    sinceRest = 0;
                    if (++unused == UNUSED_RESTS) {
                        closeSecond();
                        unused = 0;
                    }
                    resting = true;
                    LockSupport.parkNanos(this, nanos);
                    resting = false;
                }
            } else if (closed) {
                closeSecond();
                return;
            } else {
                waiting = true;
                if (ring.isEmpty() && isSecondEmpty() && !closed) {
                    closeSecond();
                    LockSupport.park(this);
                }
                waiting = false;
                Thread.onSpinWait();
            }
        }
    }

    /** Of the second ring only what was there before the first turned out to be empty: else a line could overtake an older one. */
    private int drain(byte[] batch) {
        LogRing second = more;
        long end = second == null ? 0 : second.end();
        int length = ring.drain(batch);
        return length > 0 || second == null || !ring.isEmpty() ? length : second.drain(batch, end);
    }

    private synchronized void closeSecond() {
        LogRing second = more;
        if (second != null && second.close()) {
            more = null;
        }
    }

    private boolean isSecondEmpty() {
        LogRing second = more;
        return second == null || second.isEmpty();
    }

    /** Whether the output is broken now; said once, not for each line. */
    private boolean write(byte[] batch, int length, boolean wasBroken) {
        try {
            if (torn) {
                output.write('\n');
                torn = false;
            }
            output.write(batch, 0, length);
            output.flush();
            return false;
        } catch (IOException e) {
            int taken = e instanceof LogFile.CutShort cut ? cut.taken() : 0;
            if (taken > 0) {
                torn = batch[taken - 1] != '\n';
            } else if (!(e instanceof LogFile.CutShort)) {
                torn = true;
            }
            for (int i = taken; i < length; i++) {
                if (batch[i] == '\n') {
                    failed.incrementAndGet();
                }
            }
            if (!wasBroken) {
                LOG.warn("The access log cannot be written, its lines are lost until it can: {}", e.toString());
            }
            return true;
        }
    }

    /** Writes what is in the ring, for at most a second: a blocked output does not hold up the exit. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        try {
            if (writer.join(CLOSE_LIMIT)) {
                output.close();
            }
        } catch (IOException e) {
            LOG.warn("The access log could not be closed: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
