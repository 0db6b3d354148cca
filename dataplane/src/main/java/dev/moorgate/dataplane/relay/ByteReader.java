package dev.moorgate.dataplane.relay;

import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamReader;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads an endpoint's bytes: there are no messages in what is relayed. */
interface ByteReader extends UpstreamReader {
    @Override
    default ResponseHead answerHead() {
        throw new IllegalStateException("bytes have no head");
    }

    @Override
    default void upstreamHead(boolean last) {
        throw new IllegalStateException("bytes have no head");
    }

    @Override
    default void upstreamContent(ByteBuf content) {
        content.release();
        throw new IllegalStateException("bytes have no content");
    }

    @Override
    default void upstreamEnd(@Nullable MessageHead trailers) {
        throw new IllegalStateException("bytes have no trailers");
    }

    @Override
    default void upstreamRefused(String why) {
        throw new IllegalStateException("bytes are no message");
    }
}
