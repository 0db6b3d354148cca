package dev.moorgate.dataplane.compress;

import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import io.netty.buffer.ByteBuf;

/** A coder at work on one content after another. What it says is appended to the buffer that is given. One event loop only. */
sealed interface Compressor permits GzipCompressor, ZstdCompressor, BrotliCompressor {
    /** Room that a coder is given at a time. */
    int STEP = 4 << 10;

    Coding coding();

    /**
     * Begins a content.
     *
     * @param length of the content, -1: not known
     */
    void begin(Level level, long length);

    /** Takes in a part of {@code in}. */
    void add(ByteBuf in, int start, int length, ByteBuf out);

    /** From what was said so far, all that was taken in can be decoded. */
    void flush(ByteBuf out);

    /** The content is whole. */
    void finish(ByteBuf out);

    /** Whether {@link #begin} may be called again, wherever the last content ended. */
    boolean isReusable();

    /** Gives the memory back. */
    void close();
}
