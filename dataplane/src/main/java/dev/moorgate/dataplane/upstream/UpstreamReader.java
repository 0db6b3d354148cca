package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Who has an {@link UpstreamStream} on lease. A connection of HTTP/1.1 hands over bytes, since content that needs no other
 * framing is passed on as it came; a stream of HTTP/2 hands over heads, content and ends, and only the bytes of a tunnel as bytes.
 * Called on the event loop of the connection.
 */
public interface UpstreamReader {
    /** Bytes came, of HTTP/1.1 or of a tunnel; takes over {@code bytes}. */
    void upstreamRead(ByteBuf bytes);

    /** Streams: where the next head of the answer is to be put; it knows the method that it answers. */
    ResponseHead answerHead();

    /**
     * Streams: a head, interim or final, stands in {@link #answerHead}.
     *
     * @param last nothing follows it; {@link #upstreamEnd} is not called
     */
    void upstreamHead(boolean last);

    /** Streams: content came; takes over {@code content}. */
    void upstreamContent(ByteBuf content);

    /** Streams: the answer is whole. {@code trailers} is valid during the call. */
    void upstreamEnd(@Nullable MessageHead trailers);

    /** Streams: what came is no message that may be forwarded. */
    void upstreamRefused(String why);

    /** There is room again for what is written to it. */
    void upstreamWritable();

    /** The upstream ended its direction of a tunnel, see {@link UpstreamStream#beginTunnel}. */
    default void upstreamInputEnded() {}

    /**
     * The connection is closed, or the stream reset; the lease has ended with it.
     *
     * @param cause null: the upstream ended it properly (with TLS: close_notify was seen)
     */
    void upstreamClosed(@Nullable Throwable cause);
}
