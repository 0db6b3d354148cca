package dev.moorgate.dataplane.forward.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Bytes of a client that wait for their turn: one buffer, mostly the very one that was read. */
public final class HeldInput {
    /** Bytes and requests that a client may send ahead before it is no longer read. */
    private static final int MOST_BYTES = 64 << 10;

    private static final int MOST_HEADS = 16;
    private static final byte CR = '\r';
    private static final int EMPTY_LINE = 0x0d0a0d0a;

    private @Nullable ByteBuf bytes;

    /** Takes over {@code more}. */
    public void add(ByteBuf more, ByteBufAllocator allocator) {
        ByteBuf held = bytes;
        if (held == null) {
            bytes = more;
        } else if (!held.isReadable()) {
            held.release();
            bytes = more;
        } else {
            ByteBuf joined = allocator.directBuffer(held.readableBytes() + more.readableBytes());
            joined.writeBytes(held).writeBytes(more);
            held.release();
            more.release();
            bytes = joined;
        }
    }

    /** What waits, which may have been read up; null: nothing. */
    @Nullable
    public ByteBuf peek() {
        return bytes;
    }

    /** Hands over what waits. */
    @Nullable
    public ByteBuf take() {
        ByteBuf held = bytes;
        bytes = null;
        return held;
    }

    public void drop() {
        ByteBuf held = take();
        if (held != null) {
            held.release();
        }
    }

    /** Whether so much waits that no more should be read. Requests are counted by their empty lines, bodies' included. */
    public boolean isFull() {
        ByteBuf held = bytes;
        if (held == null) {
            return false;
        }
        if (held.readableBytes() >= MOST_BYTES) {
            return true;
        }
        int count = 0;
        int end = held.writerIndex() - 3;
        for (int i = held.readerIndex(); i < end && (i = held.indexOf(i, end, CR)) >= 0; i++) {
            if (held.getInt(i) == EMPTY_LINE && ++count >= MOST_HEADS) {
                return true;
            }
        }
        return false;
    }
}
