package dev.moorgate.dataplane.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.routetable.ProxySettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines come out whole and in order, and an output that does not take them stops nobody. */
class AccessLogTest {

    static ExchangeRecord exchange(String path) {
        var exchange = new ExchangeRecord();
        exchange.method = "GET";
        exchange.path.set(path);
        return exchange;
    }

    static AccessLog combined(OutputStream output, int ring) {
        return combined(output, ring, Duration.ofMillis(1));
    }

    private static AccessLog combined(OutputStream output, int ring, Duration rest) {
        var log = new AccessLog(output, AccessLog.Queries.OMITTED, ring, new AccessLog.Rest(rest, rest));
        log.form(ProxySettings.AccessLog.COMBINED);
        return log;
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Takes nothing until it is let go. */
    private static final class Blocked extends OutputStream {
        final CountDownLatch entered = new CountDownLatch(1);
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private volatile CountDownLatch gate = new CountDownLatch(1);

        void release() {
            gate.countDown();
        }

        /** Once more, where it was released. */
        void hold() {
            if (gate.getCount() == 0) {
                gate = new CountDownLatch(1);
            }
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            entered.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            taken.write(bytes, offset, length);
        }
    }

    /** Four threads write so many lines each, at once. */
    private static void fill(AccessLog log, int lines) throws InterruptedException {
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(thread -> Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < lines; i++) {
                        log.finished(exchange("/" + thread + "/" + i));
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** The numbers of a thread's lines, as they came out. */
    private static List<Integer> numbers(ByteArrayOutputStream output, int thread) {
        Pattern line = Pattern.compile(".*\"GET /" + thread + "/(\\d+) -\".*");
        return output.toString(UTF_8)
                .lines()
                .map(line::matcher)
                .filter(Matcher::matches)
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
    }

    private static void assertAllInOrder(ByteArrayOutputStream output, int lines) {
        for (int thread = 0; thread < 4; thread++) {
            assertThat(numbers(output, thread))
                    .containsExactlyElementsOf(IntStream.range(0, lines).boxed().toList());
        }
    }

    @Test
    void linesOfManyThreadsComeOutWholeAndInTheirOrder() throws InterruptedException {
        var output = new ByteArrayOutputStream();
        AccessLog log = combined(output, 1 << 22);
        fill(log, 2000);
        log.close();

        assertThat(log.dropped()).isZero();
        assertThat(output.toString(UTF_8).lines()).hasSize(8000);
        assertAllInOrder(output, 2000);
    }

    @Test
    void linesThatTheFirstRingHasNoRoomForAreNotLost() throws InterruptedException {
        var output = new Blocked();
        AccessLog log = combined(output, 1 << 18);
        log.finished(exchange("/first"));
        output.entered.await();
        fill(log, 2000);
        assertThat(log.dropped()).isZero();
        output.release();
        await(() -> output.taken.toString(UTF_8).lines().count() == 8001);
        log.finished(exchange("/last"));
        log.close();

        assertThat(output.taken.toString(UTF_8)).contains("GET /first ").contains("GET /last ");
        assertAllInOrder(output.taken, 2000);
    }

    @Test
    void noLineOvertakesAnOlderOneOfItsThread() throws InterruptedException {
        var output = new ByteArrayOutputStream();
        AccessLog log = combined(output, 1 << 13);
        fill(log, 20_000);
        log.close();

        long written = output.toString(UTF_8).lines().count();
        assertThat(written + log.dropped()).isEqualTo(80_000);
        for (int thread = 0; thread < 4; thread++) {
            assertThat(numbers(output, thread)).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void blockedOutputLosesLinesAndNoTime() throws InterruptedException {
        var output = new Blocked();
        AccessLog log = combined(output, 1 << 13);
        log.finished(exchange("/first"));
        output.entered.await();

        long start = System.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            log.finished(exchange("/" + i));
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
        assertThat(log.dropped()).isBetween(9_000L, 10_000L);
        assertThat(MetricText.of(log)).contains("moorgate_access_log_dropped_total " + log.dropped() + ".0");

        output.release();
        log.close();
        long written = output.taken.toString(UTF_8).lines().count();
        assertThat(written + log.dropped()).isEqualTo(10_001);
        assertThat(output.taken.toString(UTF_8)).contains("GET /first").contains("GET /0 ");
    }

    @Test
    void closingDoesNotWaitForABlockedOutput() throws InterruptedException {
        var output = new Blocked();
        AccessLog log = combined(output, 1 << 14);
        log.finished(exchange("/first"));
        output.entered.await();

        long start = System.nanoTime();
        log.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
        output.release();
    }

    @Test
    void memoryForABlockedOutputIsGivenBackEachTime() throws InterruptedException {
        var output = new Blocked();
        AccessLog log = combined(output, 1 << 18);
        log.finished(exchange("/first"));
        output.entered.await();
        for (int round = 0; round < 3; round++) {
            output.hold();
            fill(log, 2000);
            assertThat(MetricText.of(log)).contains("moorgate_access_log_memory_bytes 1310720.0");
            output.release();
            await(() -> MetricText.of(log).contains("moorgate_access_log_memory_bytes 262144.0"));
        }
        log.close();

        assertThat(log.dropped()).isZero();
        for (int thread = 0; thread < 4; thread++) {
            assertThat(numbers(output.taken, thread))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 6000).map(i -> i % 2000).boxed().toList());
        }
    }

    @Test
    void ringThatIsClosedLosesNoLine() throws InterruptedException {
        var rings = new AtomicReference<>(new LogRing(LogLine.LIMIT, Arena.ofShared()));
        var line = new byte[700];
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(_ -> Thread.ofPlatform().start(() -> {
                    for (int put = 0; put < 5000; ) {
                        switch (rings.get().put(line, line.length)) {
                            case STORED, STORED_HALF_FULL -> put++;
                            case NO_ROOM, CLOSED -> Thread.onSpinWait();
                        }
                    }
                }))
                .toList();
        var batch = new byte[64 << 10];
        int closed = 0;
        for (long octets = 0; octets < 4L * 5000 * line.length; ) {
            octets += rings.get().drain(batch);
            if (rings.get().close()) {
                closed++;
                rings.set(new LogRing(LogLine.LIMIT, Arena.ofShared()));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(rings.get().isEmpty()).isTrue();
        assertThat(closed).isPositive();
    }

    @Test
    void nothingIsWrittenWhileItIsOff() {
        var output = new ByteArrayOutputStream();
        var log = new AccessLog(output, AccessLog.Queries.OMITTED, 1 << 14, AccessLog.Rest.STANDARD);
        log.finished(exchange("/before"));
        log.form(ProxySettings.AccessLog.JSON);
        log.finished(exchange("/on"));
        log.form(ProxySettings.AccessLog.OFF);
        log.finished(exchange("/off"));
        log.close();

        assertThat(output.toString(UTF_8))
                .contains("\"path\":\"/on\"")
                .doesNotContain("/before")
                .doesNotContain("/off");
    }

    @Test
    void idleLogWakesForItsNextLine() throws InterruptedException {
        var output = new ByteArrayOutputStream();
        AccessLog log = combined(output, 1 << 14);
        for (int i = 1; i <= 50; i++) {
            log.finished(exchange("/" + i));
            String mark = "GET /" + i + " ";
            await(() -> output.toString(UTF_8).contains(mark));
        }
        log.close();
    }

    @Test
    void ringThatIsHalfFullEndsTheRestOfTheWriter() throws InterruptedException {
        var output = new ByteArrayOutputStream();
        AccessLog log = combined(output, 1 << 14, Duration.ofDays(1));
        int line = 0;
        for (int wakeups = 0; wakeups < 4; wakeups++) {
            long before = output.toString(UTF_8).lines().count();
            while (output.toString(UTF_8).lines().count() == before) {
                log.finished(exchange("/" + line++));
                assertThat(log.dropped()).isZero();
                LockSupport.parkNanos(1_000_000);
            }
        }
        log.close();

        assertThat(output.toString(UTF_8).lines().count()).isEqualTo(line);
    }

    @Test
    void fileThatWasMovedAwayIsMadeAnew(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("access.log");
        Files.writeString(file, "old\n");
        try (var output = new LogFile(file)) {
            output.write("one\n".getBytes(UTF_8));
            Files.move(file, folder.resolve("access.log.1"));
            output.reopenIfMoved();
            output.write("two\n".getBytes(UTF_8));
            output.reopenIfMoved();
            output.write("three\n".getBytes(UTF_8));
        }

        assertThat(folder.resolve("access.log.1")).hasContent("old\none\n");
        assertThat(file).hasContent("two\nthree\n");
    }

    @Test
    void ringRefusesWhatDoesNotFitAndWrapsWhole() {
        var ring = new LogRing(8192, Arena.ofAuto());
        var line = new byte[1000];
        var out = new byte[64 << 10];
        for (int i = 0; i < 4; i++) {
            assertThat(ring.put(line, line.length)).isEqualTo(LogRing.Put.STORED);
        }
        for (int i = 4; i < 8; i++) {
            assertThat(ring.put(line, line.length)).isEqualTo(LogRing.Put.STORED_HALF_FULL);
        }
        assertThat(ring.put(line, line.length)).isEqualTo(LogRing.Put.NO_ROOM);
        assertThat(ring.drain(new byte[1500])).isEqualTo(1000);
        assertThat(ring.put(line, line.length)).isEqualTo(LogRing.Put.STORED_HALF_FULL);
        assertThat(ring.put(line, line.length)).isEqualTo(LogRing.Put.NO_ROOM);
        assertThat(ring.drain(out)).isEqualTo(8000);
        for (int round = 0; round < 1000; round++) {
            line[0] = (byte) round;
            int length = 1 + round % 4000 % line.length;
            assertThat(ring.put(line, length)).isEqualTo(LogRing.Put.STORED);
            assertThat(ring.drain(out)).isEqualTo(length);
            assertThat(out[0]).isEqualTo((byte) round);
            assertThat(ring.isEmpty()).isTrue();
        }
    }
}
