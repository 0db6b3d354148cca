package dev.moorgate.dataplane.compress;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** Zstandard (RFC 8878) in one frame with a small window, far below the 8 MiB that RFC 9659 allows. */
final class ZstdCompressor implements Compressor {
    static final int MEMORY = 1 << 20;

    private static final int WINDOW_LOG = 17;
    /** Of the tables in which matches are looked up; by itself the library takes megabytes for a length that it does not know. */
    private static final int TABLE_LOG = 16;

    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private final ByteBuffer nothing = ByteBuffer.allocateDirect(0);

    @Override
    public Coding coding() {
        return Coding.ZSTD;
    }

    @Override
    public void begin(Level level, long length) {
        context.reset();
        context.setLevel(
                switch (level) {
                    case FAST -> 1;
                    case BALANCED -> 3;
                    case SMALL -> 7;
                });
        context.setWindowLog(WINDOW_LOG);
        context.setHashLog(TABLE_LOG);
        context.setChainLog(TABLE_LOG);
        context.setContentSize(false);
        if (length >= 0) {
            context.setPledgedSrcSize(length);
        }
    }

    @Override
    public void add(ByteBuf in, int start, int length, ByteBuf out) {
        compress(in.nioBuffer(start, length), EndDirective.CONTINUE, out);
    }

    @Override
    public void flush(ByteBuf out) {
        compress(nothing, EndDirective.FLUSH, out);
    }

    @Override
    public void finish(ByteBuf out) {
        compress(nothing, EndDirective.END, out);
    }

    private void compress(ByteBuffer bytes, EndDirective then, ByteBuf out) {
        boolean isDone;
        do {
            out.ensureWritable(STEP);
            ByteBuffer room = out.nioBuffer(out.writerIndex(), out.writableBytes());
            isDone = context.compressByteBufferStream(room, bytes, then);
            out.writerIndex(out.writerIndex() + room.position());
        } while (then == EndDirective.CONTINUE ? bytes.hasRemaining() : !isDone);
    }

    @Override
    public boolean isReusable() {
        return true;
    }

    @Override
    public void close() {
        context.close();
    }
}
