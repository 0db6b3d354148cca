package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.http.HeadWriter;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A connection whose messages follow each other as bytes (RFC 9112): the connection is what they leave by. */
public abstract class Http1Conduit extends Conduit implements Outlet {
    protected Http1Conduit(FlushQueue flushes) {
        super(flushes);
    }

    @Override
    public final boolean hasFrames() {
        return false;
    }

    @Override
    public final ByteBuf head(HeadWriter head, int room, boolean last) {
        ByteBuf buffer = buffer(room);
        head.end(buffer);
        return buffer;
    }

    @Override
    public final void end(@Nullable HeadWriter trailers) {
        throw new IllegalStateException("the content carries its end");
    }
}
