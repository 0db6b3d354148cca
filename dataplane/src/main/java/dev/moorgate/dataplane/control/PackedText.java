package dev.moorgate.dataplane.control;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Text that is held in gzip's format (RFC 1952). A page of thousands of routes has megabytes and repeats itself: packed it is a twentieth
 * of that, and who cannot unpack it gets it unpacked piece by piece, no faster than it is taken. Only what was packed here is ever
 * unpacked (faults F17). Immutable.
 */
final class PackedText implements Page.Body {
    private static final int PIECE = 16 << 10;

    private final byte[] packed;
    private final long length;

    private PackedText(byte[] packed, long length) {
        this.packed = packed;
        this.length = length;
    }

    /** Writes the text. */
    interface Source {
        void write(OutputStream out) throws IOException;
    }

    static PackedText of(Source source) {
        var packed = new ByteArrayOutputStream(PIECE);
        try {
            long length;
            try (var gzip = new FastGzip(packed)) {
                source.write(gzip);
                gzip.finish();
                length = gzip.length();
            }
            return new PackedText(packed.toByteArray(), length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Unpacked, in octets. */
    long length() {
        return length;
    }

    Buffer packed() {
        return Buffer.buffer(packed);
    }

    /** Sends and ends the response; its event loop only. The head has to tell {@link #length}. */
    void sendUnpacked(HttpServerResponse response) {
        try {
            sendOn(response, new GZIPInputStream(new ByteArrayInputStream(packed), PIECE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sendOn(HttpServerResponse response, GZIPInputStream text) {
        try {
            while (!response.closed()) {
                if (response.writeQueueFull()) {
                    response.drainHandler(_ -> sendOn(response, text));
                    return;
                }
                byte[] piece = text.readNBytes(PIECE);
                if (piece.length == 0) {
                    text.close();
                    response.end();
                    return;
                }
                response.write(Buffer.buffer(piece));
            }
            text.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is read once and far from the network is not worth the time of a better packing. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, PIECE);
            def.setLevel(Deflater.BEST_SPEED);
        }

        /** What was written so far, in octets; before it is closed. */
        long length() {
            return def.getBytesRead();
        }
    }
}
