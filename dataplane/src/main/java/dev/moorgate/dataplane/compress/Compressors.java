package dev.moorgate.dataplane.compress;

import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The coders of one event loop: those that have ended a content wait here for the next, a few of each. Its event loop only. */
public final class Compressors {
    private static final int KEPT = 4;

    private final CompressionState shared;
    private final Map<Coding, ArrayDeque<Compressor>> idle = new EnumMap<>(Coding.class);

    public Compressors(CompressionState shared) {
        this.shared = shared;
        for (Coding coding : Coding.values()) {
            idle.put(coding, new ArrayDeque<>());
        }
    }

    /**
     * A coder that has begun a content; null: coders have all the memory that they may.
     *
     * @param length of the content, -1: not known
     */
    @Nullable
    Compressor take(Coding coding, Level level, long length) {
        Compressor waiting = idle(coding).pollLast();
        int memory = memory(coding);
        if (waiting == null && !shared.take(memory)) {
            return null;
        }
        try {
            Compressor coder = waiting == null ? make(coding) : waiting;
            coder.begin(level, length);
            return coder;
        } catch (RuntimeException e) {
            shared.give(memory);
            throw e;
        }
    }

    private ArrayDeque<Compressor> idle(Coding coding) {
        ArrayDeque<Compressor> found = idle.get(coding);
        if (found == null) {
            throw new IllegalStateException("no place for " + coding);
        }
        return found;
    }

    private static int memory(Coding coding) {
        return switch (coding) {
            case ZSTD -> ZstdCompressor.MEMORY;
            case BROTLI -> BrotliCompressor.MEMORY;
            case GZIP -> GzipCompressor.MEMORY;
        };
    }

    private static Compressor make(Coding coding) {
        return switch (coding) {
            case ZSTD -> new ZstdCompressor();
            case BROTLI -> new BrotliCompressor();
            case GZIP -> new GzipCompressor();
        };
    }

    /** Its content has ended, or nobody wants the rest. */
    void give(Compressor coder) {
        ArrayDeque<Compressor> others = idle(coder.coding());
        if (coder.isReusable() && others.size() < KEPT) {
            others.addLast(coder);
        } else {
            coder.close();
            shared.give(memory(coder.coding()));
        }
    }

    void count(Coding coding, long before, long after) {
        shared.count(coding, before, after);
    }
}
