package dev.moorgate.dataplane.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.Compression.Algorithm;
import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressorsTest {
    private static final List<Algorithm> ALL = List.of(Algorithm.values());
    private static final List<Level> LEVELS = List.of(Level.values());

    private static CompressionState state(long memory) {
        var state = new CompressionState(Codings.ofThisProcess(), memory);
        assertThat(state.rule(new Compression(ALL, Level.FAST, List.of("text/html"), 0)))
                .isNotNull()
                .satisfies(rule -> assertThat(rule.codings()).hasSize(ALL.size()));
        return state;
    }

    private static Compressors compressors() {
        return new Compressors(state(64L << 20));
    }

    /** Text that gains by it, with noise in it that does not. */
    private static byte[] content(Random random, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; ) {
            if (random.nextInt(4) == 0) {
                byte[] noise = new byte[Math.min(size - i, 1 + random.nextInt(200))];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, bytes, i, noise.length);
                i += noise.length;
            } else {
                byte[] word =
                        ("<li class=\"item\">" + random.nextInt(100) + "</li>\n").getBytes(StandardCharsets.UTF_8);
                int length = Math.min(size - i, word.length);
                System.arraycopy(word, 0, bytes, i, length);
                i += length;
            }
        }
        return bytes;
    }

    private static ByteBuf copy(byte[] bytes, boolean direct) {
        return direct
                ? ByteBufAllocator.DEFAULT
                        .directBuffer(Math.max(1, bytes.length))
                        .writeBytes(bytes)
                : Unpooled.wrappedBuffer(bytes);
    }

    /** Codes {@code content} in pieces cut at random, with a flush here and there, each of which is checked. */
    private static byte[] coded(Compressor coder, byte[] content, Random random, boolean direct) {
        ByteBuf in = copy(content, direct);
        ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(16);
        try {
            int flushes = 0;
            for (int at = 0; at < content.length; ) {
                int most = random.nextBoolean() ? 300_000 : 100;
                int length = Math.min(content.length - at, 1 + random.nextInt(most));
                coder.add(in, at, length, out);
                at += length;
                if (flushes < 3 && random.nextInt(3) == 0) {
                    flushes++;
                    coder.flush(out);
                    assertThat(Decoded.soFar(coder.coding(), ByteBufUtil.getBytes(out)))
                            .isEqualTo(Arrays.copyOf(content, at));
                }
            }
            coder.finish(out);
            return ByteBufUtil.getBytes(out);
        } finally {
            out.release();
            in.release();
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void anotherDecoderReadsTheSameBytesHoweverTheyCame(Coding coding) {
        Random random = new Random(11);
        Compressors compressors = compressors();
        for (int round = 0; round < 40; round++) {
            int size = round == 0 ? 0 : random.nextInt(round % 8 == 0 ? 700_000 : 20_000);
            byte[] content = content(random, size);
            Level level = LEVELS.get(round % LEVELS.size());
            long length = random.nextBoolean() ? size : -1;
            Compressor coder = compressors.take(coding, level, length);
            byte[] coded = coded(coder, content, random, random.nextBoolean());
            compressors.give(coder);
            assertThat(Decoded.whole(coding, coded)).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void whatGainsByItBecomesMuchSmallerAndNoiseHardlyLarger(Coding coding) {
        Compressors compressors = compressors();
        byte[] text = "<li class=\"item\">one of many</li>\n".repeat(4000).getBytes(StandardCharsets.UTF_8);
        byte[] noise = new byte[100_000];
        new Random(3).nextBytes(noise);
        for (Level level : LEVELS) {
            for (boolean isText : List.of(true, false)) {
                byte[] content = isText ? text : noise;
                Compressor coder = compressors.take(coding, level, content.length);
                ByteBuf in = copy(content, true);
                ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(16);
                coder.add(in, 0, content.length, out);
                coder.finish(out);
                int limit = isText ? text.length / 50 : noise.length + 500;
                assertThat(out.readableBytes())
                        .as("%s of %s", level, content.length)
                        .isLessThan(limit);
                in.release();
                out.release();
                compressors.give(coder);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void aCoderThatWasLeftInTheMiddleCodesTheNextContentAsANewOne(Coding coding) {
        Random random = new Random(5);
        Compressors compressors = compressors();
        byte[] content = content(random, 50_000);
        for (int round = 0; round < 20; round++) {
            Compressor left = compressors.take(coding, Level.BALANCED, 1_000_000);
            ByteBuf in = copy(content, true);
            ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(16);
            left.add(in, 0, 1 + random.nextInt(content.length), out);
            if (random.nextBoolean()) {
                left.flush(out);
            }
            in.release();
            out.release();
            compressors.give(left);
            Compressor next = compressors.take(coding, Level.BALANCED, content.length);
            assertThat(Decoded.whole(coding, coded(next, content, random, true)))
                    .isEqualTo(content);
            compressors.give(next);
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void codersHaveTheMemoryThatTheyMayAndGiveItBack(Coding coding) {
        CompressionState state = state(20L << 20);
        var one = new Compressors(state);
        var other = new Compressors(state);
        List<Compressor> taken = new ArrayList<>();
        for (Compressor coder = one.take(coding, Level.FAST, -1);
                coder != null;
                coder = (taken.size() % 2 == 0 ? one : other).take(coding, Level.FAST, -1)) {
            taken.add(coder);
        }
        assertThat(taken).hasSizeBetween(5, 100);
        assertThat(state.memory()).isBetween(15L << 20, 20L << 20);
        assertThat(sheet(state)).contains("moorgate_compression_crowded_out_total 1.0");
        for (int i = 0; i < taken.size(); i++) {
            (i % 2 == 0 ? one : other).give(taken.get(i));
        }
        // a few wait for work
        assertThat(state.memory()).isLessThanOrEqualTo(8L << 20);
        assertThat(one.take(coding, Level.FAST, -1)).isNotNull();
    }

    @Test
    void aCodingWhoseLibraryIsMissingIsNotOffered() {
        List<Coding> loaded = new ArrayList<>();
        var state = new CompressionState(
                new Codings(coding -> {
                    loaded.add(coding);
                    if (coding == Coding.BROTLI) {
                        throw new UnsatisfiedLinkError("no libbrotli in a test");
                    }
                    if (coding == Coding.ZSTD) {
                        throw new NoClassDefFoundError("com/github/luben/zstd/util/Native");
                    }
                }),
                1 << 20);
        for (int i = 0; i < 2; i++) {
            assertThat(state.rule(new Compression(ALL, Level.FAST, List.of("text/html"), 0)))
                    .isNotNull()
                    .satisfies(rule -> assertThat(rule.codings()).containsExactly(Coding.GZIP));
        }
        assertThat(state.rule(new Compression(List.of(Algorithm.BROTLI), Level.FAST, List.of("text/html"), 0)))
                .isNull();
        assertThat(loaded).containsExactly(Coding.ZSTD, Coding.BROTLI, Coding.GZIP);
        assertThat(sheet(state))
                .contains("moorgate_compression_available{encoding=\"br\"} 0.0")
                .contains("moorgate_compression_available{encoding=\"zstd\"} 0.0")
                .contains("moorgate_compression_available{encoding=\"gzip\"} 1.0");
    }

    private static String sheet(CompressionState state) {
        return MetricText.of(state);
    }
}
