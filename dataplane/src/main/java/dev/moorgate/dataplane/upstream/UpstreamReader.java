package dev.moorgate.dataplane.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Who has an {@link UpstreamConnection} on lease. Called on the connection's event loop. */
public interface UpstreamReader {
    /** Bytes came; takes over {@code bytes}. */
    void upstreamRead(ByteBuf bytes);

    /** No bytes wait at the connection any more, for now. */
    default void upstreamReadComplete() {}

    /** There is room again for what is written to it. */
    void upstreamWritable();

    /** The upstream ended its side and the connection is kept half open, see {@link UpstreamConnection#keepHalfOpen}. */
    default void upstreamInputEnded() {}

    /**
     * The connection is closed; the lease has ended with it.
     *
     * @param cause null: the upstream ended it properly (with TLS: close_notify was seen)
     */
    void upstreamClosed(@Nullable Throwable cause);
}
