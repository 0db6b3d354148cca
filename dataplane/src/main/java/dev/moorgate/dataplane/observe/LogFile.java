package dev.moorgate.dataplane.observe;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A file that is appended to and made anew after it was moved away (logrotate), looked at once a second. One thread. */
final class LogFile extends OutputStream {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private FileChannel open;
    private @Nullable Object identity;
    private long looked = System.nanoTime();

    /** A write that failed on its way. */
    static final class CutShort extends IOException {
        private static final long serialVersionUID = 1;

        private final int taken;

        CutShort(int taken, IOException cause) {
            super(cause.getMessage(), cause);
            this.taken = taken;
        }

        /** Octets that are in the file. */
        int taken() {
            return taken;
        }
    }

    LogFile(Path file) throws IOException {
        this.file = file;
        this.open = FileChannel.open(file, CREATE, WRITE, APPEND);
        this.identity = identity(file);
    }

    private static @Nullable Object identity(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException gone) {
            return null;
        }
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        long now = System.nanoTime();
        if (now - looked > LOOK_NANOS) {
            looked = now;
            reopenIfMoved();
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
        try {
            while (rest.hasRemaining()) {
                open.write(rest);
            }
        } catch (IOException e) {
            throw new CutShort(rest.position() - offset, e);
        }
    }

    /** Made visible for its test, which need not wait for the next look. */
    void reopenIfMoved() throws IOException {
        if (!Objects.equals(identity(file), identity)) {
            open.close();
            open = FileChannel.open(file, CREATE, WRITE, APPEND);
            identity = identity(file);
        }
    }

    @Override
    public void close() throws IOException {
        open.close();
    }
}
