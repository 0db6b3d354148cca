package dev.moorgate.dataplane.compress;

import com.aayushatharva.brotli4j.encoder.BrotliEncoderChannel;
import com.aayushatharva.brotli4j.encoder.Encoder;
import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** Brotli (RFC 7932). Its coder serves one content and is made anew for the next. */
final class BrotliCompressor implements Compressor {
    static final int MEMORY = 2 << 20;

    private static final int LEAST_WINDOW = 10;
    private static final int MOST_WINDOW = 17;
    private static final int INPUT = 16 << 10;

    private final Sink sink = new Sink();
    private @Nullable BrotliEncoderChannel encoder;

    /** Where the coder writes; what it says when it is closed before its content's end is for nobody. */
    private static final class Sink implements WritableByteChannel {
        private @Nullable ByteBuf out;

        @Override
        public int write(ByteBuffer bytes) {
            int size = bytes.remaining();
            ByteBuf to = out;
            if (to == null) {
                bytes.position(bytes.limit());
            } else {
                to.writeBytes(bytes);
            }
            return size;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @FunctionalInterface
    private interface Work {
        void on(BrotliEncoderChannel encoder) throws IOException;
    }

    @Override
    public Coding coding() {
        return Coding.BROTLI;
    }

    @Override
    public void begin(Level level, long length) {
        var parameters = new Encoder.Parameters()
                .setQuality(
                        switch (level) {
                            case FAST -> 1;
                            case BALANCED -> 4;
                            case SMALL -> 5;
                        })
                .setWindow(window(length));
        try {
            encoder = new BrotliEncoderChannel(sink, parameters, INPUT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The coder's memory grows with it. */
    private static int window(long length) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, length));
        return length < 0 ? MOST_WINDOW : Math.clamp(bits, LEAST_WINDOW, MOST_WINDOW);
    }

    @Override
    public void add(ByteBuf in, int start, int length, ByteBuf out) {
        ByteBuffer bytes = in.nioBuffer(start, length);
        work(out, coder -> coder.write(bytes));
    }

    @Override
    public void flush(ByteBuf out) {
        work(out, BrotliEncoderChannel::flush);
    }

    @Override
    public void finish(ByteBuf out) {
        work(out, BrotliEncoderChannel::close);
        encoder = null;
    }

    private void work(ByteBuf out, Work work) {
        BrotliEncoderChannel known = encoder;
        if (known == null) {
            throw new IllegalStateException("no content was begun");
        }
        sink.out = out;
        try {
            work.on(known);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            sink.out = null;
        }
    }

    @Override
    public boolean isReusable() {
        return false;
    }

    @Override
    public void close() {
        BrotliEncoderChannel known = encoder;
        encoder = null;
        if (known != null) {
            try {
                known.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
