package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.filter.HopFields;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The key of a WebSocket that the client did not give, as it stands in the head that leaves: nobody else can tell whether the endpoint
 * has read it. One per exchange; its event loop only.
 */
public final class SentKey {
    private @Nullable String key;

    /** @param sent the head as it leaves; null: it holds no key of ours */
    void read(RequestHead head, @Nullable ByteBuf sent) {
        key = sent != null && head.isWebSocket() ? HopFields.key(sent.toString(StandardCharsets.ISO_8859_1)) : null;
    }

    /** Whether {@code answer} proves that it was read (RFC 6455 4.1), where there is one. */
    public boolean isProvenBy(ResponseHead answer) {
        String sent = key;
        return sent == null || HopFields.proves(answer, sent);
    }
}
