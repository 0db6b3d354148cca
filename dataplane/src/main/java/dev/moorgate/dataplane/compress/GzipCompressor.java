package dev.moorgate.dataplane.compress;

import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Gzip (RFC 1952) by the JDK's zlib. */
final class GzipCompressor implements Compressor {
    static final int MEMORY = 272 << 10;

    /** Deflate, no name, no time, no word on effort or system. */
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private final CRC32 crc = new CRC32();
    private Level level = Level.BALANCED;
    private Deflater deflater = deflater(level);
    private boolean headed;

    private static Deflater deflater(Level level) {
        int number = switch (level) {
            case FAST -> 1;
            case BALANCED -> 4;
            case SMALL -> 7;
        };
        return new Deflater(number, true);
    }

    @Override
    public Coding coding() {
        return Coding.GZIP;
    }

    @Override
    public void begin(Level wanted, long length) {
        if (wanted == level) {
            deflater.reset();
        } else {
            deflater.end();
            deflater = deflater(wanted);
            level = wanted;
        }
        crc.reset();
        headed = false;
    }

    @Override
    public void add(ByteBuf in, int start, int length, ByteBuf out) {
        ByteBuffer bytes = in.nioBuffer(start, length);
        crc.update(bytes.duplicate());
        deflater.setInput(bytes);
        deflate(Deflater.NO_FLUSH, out);
    }

    @Override
    public void flush(ByteBuf out) {
        deflate(Deflater.SYNC_FLUSH, out);
    }

    @Override
    public void finish(ByteBuf out) {
        deflater.finish();
        deflate(Deflater.NO_FLUSH, out);
        out.writeIntLE((int) crc.getValue());
        out.writeIntLE((int) deflater.getBytesRead());
    }

    /** Until room is left over: then the coder has no more to say. */
    private void deflate(int flush, ByteBuf out) {
        if (!headed) {
            headed = true;
            out.writeBytes(HEADER);
        }
        int said;
        int room;
        do {
            out.ensureWritable(STEP);
            room = out.writableBytes();
            said = deflater.deflate(out.nioBuffer(out.writerIndex(), room), flush);
            out.writerIndex(out.writerIndex() + said);
        } while (said == room);
    }

    @Override
    public boolean isReusable() {
        return true;
    }

    @Override
    public void close() {
        deflater.end();
    }
}
