package dev.moorgate.dataplane.http2;

import io.netty.buffer.ByteBuf;

/** The connection beneath a {@link Http2Session}, as far as the session needs one. Its event loop only. */
public interface Http2Transport {
    /** A buffer of the loop's allocator. */
    ByteBuf buffer(int size);

    /** Takes over {@code bytes}, which are to leave in this turn. */
    void write(ByteBuf bytes);

    /** Whether more may be written; where not, {@link Http2Session#flush()} is to be called when there is. */
    boolean hasRoom();

    /** There is something to write: {@link Http2Session#flush()} is to be called when the loop's turn ends. */
    void wake();

    /** The session is over: what was written is to be sent and the connection closed. */
    void end();
}
