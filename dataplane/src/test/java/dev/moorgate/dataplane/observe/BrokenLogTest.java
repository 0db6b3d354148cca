package dev.moorgate.dataplane.observe;

import static dev.moorgate.dataplane.observe.AccessLogTest.await;
import static dev.moorgate.dataplane.observe.AccessLogTest.combined;
import static dev.moorgate.dataplane.observe.AccessLogTest.exchange;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An output that fails costs the lines that it did not take, and no others. */
class BrokenLogTest {
    @Test
    void brokenOutputIsCountedAndTriedAgain() throws InterruptedException {
        var broken = new AtomicBoolean(true);
        var taken = new ByteArrayOutputStream();
        AccessLog log = combined(
                new OutputStream() {
                    @Override
                    public void write(int octet) {
                        taken.write(octet);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        if (broken.get()) {
                            throw new IOException("No space left on device");
                        }
                        taken.write(bytes, offset, length);
                    }
                },
                1 << 14);
        log.finished(exchange("/lost"));
        await(() -> log.dropped() == 1);

        broken.set(false);
        log.finished(exchange("/kept"));
        log.close();

        assertThat(taken.toString(UTF_8)).contains("/kept").doesNotContain("/lost");
        assertThat(log.dropped()).isEqualTo(1);
    }

    /** Takes what it is told to of the second batch, and all of the others. */
    private static final class Cut extends OutputStream {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch gate = new CountDownLatch(1);
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final boolean counts;
        private int batches;

        /** @param counts whether it says how much it took */
        Cut(boolean counts) {
            this.counts = counts;
        }

        @Override
        public void write(int octet) {
            taken.write(octet);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            entered.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (++batches != 2) {
                taken.write(bytes, offset, length);
                return;
            }
            int firstLine = new String(bytes, offset, length, UTF_8).indexOf('\n') + 1;
            taken.write(bytes, offset, firstLine + 5);
            var full = new IOException("No space left on device");
            throw counts ? new LogFile.CutShort(firstLine + 5, full) : full;
        }
    }

    @ParameterizedTest(name = "the output counts: {0}")
    @ValueSource(booleans = {true, false})
    void aLineThatIsCutShortDamagesNoOther(boolean counts) throws InterruptedException {
        var output = new Cut(counts);
        AccessLog log = combined(output, 1 << 14);
        log.finished(exchange("/first"));
        output.entered.await();
        log.finished(exchange("/second"));
        log.finished(exchange("/torn"));

        output.gate.countDown();
        await(() -> log.dropped() > 0);
        log.finished(exchange("/fourth"));
        log.close();

        List<String> lines = output.taken.toString(UTF_8).lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1)).contains("/second").hasSameSizeAs(lines.get(3));
        assertThat(lines.get(2)).hasSize(5);
        assertThat(lines.get(3)).contains("/fourth").startsWith(lines.get(2));
        assertThat(log.dropped()).isEqualTo(counts ? 1 : 2);
    }
}
