package dev.moorgate.dataplane.compress;

import com.aayushatharva.brotli4j.decoder.DecoderJNI;
import com.aayushatharva.brotli4j.decoder.DirectDecompress;
import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** What other people's decoders make of what was coded here. */
public final class Decoded {
    /** An empty last block of Brotli (RFC 7932 9.2): makes a whole content of what was flushed, which ends with a byte. */
    private static final byte LAST_BLOCK = 3;

    private Decoded() {}

    /** All of a content, which has to be whole and to end where it ends. */
    public static byte[] whole(Coding coding, byte[] bytes) {
        if (coding == Coding.BROTLI) {
            return brotli(bytes);
        }
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

    /** As much as can be read of a content that was flushed and has not come to its end. */
    public static byte[] soFar(Coding coding, byte[] bytes) {
        if (coding == Coding.BROTLI) {
            byte[] ended = Arrays.copyOf(bytes, bytes.length + 1);
            ended[bytes.length] = LAST_BLOCK;
            try {
                return brotli(ended);
            } catch (AssertionError e) {
                // nothing can be read of what was cut between two flushes
                return new byte[0];
            }
        }
        var read = new ByteArrayOutputStream();
        try (InputStream decoder = decoder(coding, new ByteArrayInputStream(bytes))) {
            if (decoder instanceof ZstdInputStream zstd) {
                zstd.setContinuous(true);
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
        return coding == Coding.ZSTD ? new ZstdInputStream(in) : new GZIPInputStream(in, 1);
    }

    /** Not by the library's stream, which takes some whole contents for cut ones. */
    private static byte[] brotli(byte[] bytes) {
        try {
            DirectDecompress result = DirectDecompress.decompress(bytes);
            if (result.getResultStatus() != DecoderJNI.Status.DONE) {
                throw new AssertionError("not whole: " + result.getResultStatus());
            }
            return result.getDecompressedData();
        } catch (IOException e) {
            throw new AssertionError("no Brotli", e);
        }
    }
}
