package dev.moorgate.dataplane.forward.client;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The first bytes of a connection in clear tell HTTP/2 with prior knowledge (RFC 9113 3.3) from HTTP/1.1: no method begins so. */
enum Preface {
    /** It is none. */
    NONE,
    /** Too little has come to tell. */
    PERHAPS,
    HTTP2;

    private static final byte[] START = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);
    /** So many bytes tell. */
    private static final int TELLING = 4;

    static Preface of(@Nullable ByteBuf in) {
        int size = in == null ? 0 : Math.min(in.readableBytes(), TELLING);
        for (int i = 0; i < size; i++) {
            if (in != null && in.getByte(in.readerIndex() + i) != START[i]) {
                return NONE;
            }
        }
        return size == 0 ? NONE : size < TELLING ? PERHAPS : HTTP2;
    }
}
