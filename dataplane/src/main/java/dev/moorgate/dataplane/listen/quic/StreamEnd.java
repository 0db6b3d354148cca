package dev.moorgate.dataplane.listen.quic;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the other side has ended its half of a stream, asked of the transport itself. An end that comes together with bytes that
 * were read before, as in a packet that is sent once more, is noted by quiche (its {@code RecvBuf::write}) and told to nobody: whoever
 * waits to hear of it waits for ever. Netty has the question and does not hand it out. The stream's event loop only.
 */
public final class StreamEnd {
    private static final Logger LOG = LoggerFactory.getLogger(StreamEnd.class);
    private static final String QUIC = "io.netty.handler.codec.quic.";
    private static final @Nullable Question QUESTION = question();

    private record Question(
            MethodHandle connection, MethodHandle isFreed, MethodHandle address, MethodHandle finished) {
        boolean ask(QuicStreamChannel stream) throws Throwable {
            Object known = (Object) connection.invoke(stream.parent());
            return known != null
                    && !(boolean) isFreed.invoke(known)
                    && (boolean) finished.invoke((long) address.invoke(known), stream.streamId());
        }
    }

    private StreamEnd() {}

    private static @Nullable Question question() {
        try {
            Class<?> channel = Class.forName(QUIC + "QuicheQuicChannel");
            Class<?> connection = Class.forName(QUIC + "QuicheQuicConnection");
            Class<?> quiche = Class.forName(QUIC + "Quiche");
            MethodHandles.Lookup inside = MethodHandles.privateLookupIn(channel, MethodHandles.lookup());
            return new Question(
                    inside.findGetter(channel, "connection", connection),
                    inside.findVirtual(connection, "isFreed", MethodType.methodType(boolean.class)),
                    inside.findVirtual(connection, "address", MethodType.methodType(long.class)),
                    inside.findStatic(
                            quiche,
                            "quiche_conn_stream_finished",
                            MethodType.methodType(boolean.class, long.class, long.class)));
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.warn("ends of streams that were sent twice are not noticed: cause={}", e.toString());
            return null;
        }
    }

    /**
     * Whether nothing comes any more, and all that came was read. Of a stream that is not being read this says nothing: it may have
     * been reset since.
     */
    public static boolean isReached(QuicStreamChannel stream) {
        QuicChannel connection = stream.parent();
        if (QUESTION == null
                || connection == null
                || !connection.isOpen()
                || !stream.config().isAutoRead()) {
            return false;
        }
        try {
            return QUESTION.ask(stream);
        } catch (Throwable e) {
            LOG.error("a stream cannot be asked for its end: cause={}", e.toString());
            return false;
        }
    }
}
