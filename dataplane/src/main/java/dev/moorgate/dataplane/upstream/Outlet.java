package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.http.HeadWriter;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one side of an exchange leave: an HTTP/1.1 connection, or one stream of an HTTP/2 connection. A head
 * comes first, then content, then its end. Everything leaves with the turn's flush. Its event loop only.
 */
public interface Outlet {
    /**
     * Whether the protocol frames content by itself. Then content is written bare, {@link #end} ends it, and no field of the
     * head says how it is framed or what becomes of the connection. Else content is written in the form that the head
     * announces, its end included, and {@link #end} is not called.
     */
    boolean hasFrames();

    /**
     * Begins a message with the head that stands in {@code head}; also passes on interim answers.
     *
     * @param room bytes that the buffer should have for the head and what may be put behind it
     * @param last nothing follows the head, so that {@link #end} is not to be called
     * @return the buffer with the head, to be written by the caller with content behind it or not; null: the head is on its way
     */
    @Nullable
    ByteBuf head(HeadWriter head, int room, boolean last);

    /** A buffer of the loop's allocator, for what is written here. */
    ByteBuf buffer(int size);

    /** Takes over {@code content}. */
    void write(ByteBuf content);

    /** The content is whole; {@code trailers} holds what follows it, null: nothing. */
    void end(@Nullable HeadWriter trailers);

    /** Whether more may be written. Who is told no is told when there is room again. */
    boolean hasRoom();

    /** Bytes that were written and have not left. */
    long pendingBytes();

    /** Whether more is wanted from this side. What has come already is still handed over. */
    void setReading(boolean on);

    /** Writes a head with nothing behind it in its buffer. */
    default void headAlone(HeadWriter head, int room, boolean last) {
        ByteBuf buffer = head(head, room, last);
        if (buffer != null) {
            write(buffer);
        }
    }

    /** A connection whose messages follow each other as bytes (RFC 9112): the connection is what they leave by. */
    interface Bytes extends Outlet {
        @Override
        default boolean hasFrames() {
            return false;
        }

        @Override
        default ByteBuf head(HeadWriter head, int room, boolean last) {
            ByteBuf buffer = buffer(room);
            head.end(buffer);
            return buffer;
        }

        @Override
        default void end(@Nullable HeadWriter trailers) {
            throw new IllegalStateException("the content carries its end");
        }
    }
}
