package dev.moorgate.dataplane.compress;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;

/** What other people's decoders make of what was coded here. */
public final class Decoded {
    private Decoded() {}

    /** All of a content, which has to be whole and to end where it ends. */
    public static byte[] whole(Coding coding, byte[] bytes) {
        var in = new ByteArrayInputStream(bytes);
        try (InputStream decoder = decoder(coding, in)) {
            byte[] all = decoder.readAllBytes();
            if (in.available() > 0) {
                throw new AssertionError(in.available() + " bytes behind the end");
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As much as can be read of a content that has not come to its end. */
    public static byte[] soFar(Coding coding, byte[] bytes) {
        var read = new ByteArrayOutputStream();
        try (InputStream decoder = decoder(coding, new ByteArrayInputStream(bytes))) {
            if (decoder instanceof ZstdInputStream zstd) {
                zstd.setContinuous(true);
            } else if (decoder instanceof BrotliInputStream brotli) {
                brotli.enableEagerOutput();
            }
            for (int octet = decoder.read(); octet >= 0; octet = decoder.read()) {
                read.write(octet);
            }
        } catch (IOException e) {
            // an end that comes too early
            return read.toByteArray();
        }
        return read.toByteArray();
    }

    private static InputStream decoder(Coding coding, InputStream in) throws IOException {
        return switch (coding) {
            case ZSTD -> new ZstdInputStream(in);
            case BROTLI -> new BrotliInputStream(in, 1 << 16);
            case GZIP -> new GZIPInputStream(in, 1);
        };
    }
}
