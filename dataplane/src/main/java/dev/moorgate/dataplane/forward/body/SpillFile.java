package dev.moorgate.dataplane.forward.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The part of one body that does not fit into memory: records of 64 KiB, each sealed by itself, in a file without a name. Records
 * are numbered from 0; where they are read once and let go, their places are used again. Its event loop only; a worker does the
 * rest, one task of a file at a time, so that the order of calls is the order on disk.
 */
final class SpillFile {
    static final int RECORD = 64 << 10;
    private static final int SLOT = RECORD + BufferSpace.TAG_BYTES;
    private static final int MOST_WAITING = 2;

    private final BufferSpace space;
    private final EventExecutor loop;
    private final SpillUser user;
    private final int slots;
    private final long number;
    private final ArrayDeque<Task> tasks = new ArrayDeque<>();
    private byte[] gathered = new byte[RECORD];
    private int gatheredBytes;
    private int records;
    private int lastBytes = RECORD;
    private int unread;
    private int slotsTaken;
    private boolean atWork;
    private boolean closed;
    /** Of the worker. */
    private @Nullable FileChannel channel;

    /** One visit to the disk. */
    private final class Task implements Runnable {
        final int record;
        final int length;
        final byte @Nullable [] written;
        byte @Nullable [] read;

        @Nullable
        String problem;

        Task(int record, int length, byte @Nullable [] written) {
            this.record = record;
            this.length = length;
            this.written = written;
        }

        @Override
        public void run() {
            try {
                if (written != null) {
                    put(record, space.seal(number, record, written, length));
                } else {
                    read = space.unseal(number, record, get(record, length + BufferSpace.TAG_BYTES));
                }
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                problem = e.getClass().getSimpleName() + ": " + e.getMessage();
            }
            try {
                loop.execute(() -> done(this));
            } catch (RejectedExecutionException e) {
                // the loop has ended, and with it whoever wanted this
                closeChannel();
            }
        }
    }

    /** @param most bytes that it may hold at a time */
    SpillFile(BufferSpace space, EventExecutor loop, SpillUser user, long most) {
        this.space = space;
        this.loop = loop;
        this.user = user;
        slots = (int) Math.min(Integer.MAX_VALUE, most / RECORD + 1);
        number = space.nextNumber();
    }

    // ------------------------------------------------------------------ event loop

    /** Takes over {@code piece}; false: there is no place for it, and the file is of no use any more. */
    boolean append(ByteBuf piece) {
        try {
            while (piece.isReadable()) {
                int part = Math.min(piece.readableBytes(), RECORD - gatheredBytes);
                piece.readBytes(gathered, gatheredBytes, part);
                gatheredBytes += part;
                if (gatheredBytes == RECORD && !write()) {
                    return false;
                }
            }
            return true;
        } finally {
            piece.release();
        }
    }

    /** What is gathered becomes the last record; nothing is appended any more. */
    boolean seal() {
        if (gatheredBytes == 0) {
            return true;
        }
        lastBytes = gatheredBytes;
        return write();
    }

    private boolean write() {
        if (slotsTaken < slots) {
            if (!space.tryDisk(SLOT)) {
                return false;
            }
            slotsTaken++;
        } else if (unread == slots) {
            return false;
        }
        unread++;
        tasks.add(new Task(records++, gatheredBytes, gathered));
        gathered = new byte[RECORD];
        gatheredBytes = 0;
        next();
        return true;
    }

    /** What was gathered and is in no record yet; takes it out. */
    ByteBuf takeGathered() {
        ByteBuf taken = Unpooled.wrappedBuffer(gathered, 0, gatheredBytes);
        gathered = new byte[RECORD];
        gatheredBytes = 0;
        return taken;
    }

    /** Asks for a record that was appended. */
    void read(int record) {
        tasks.add(new Task(record, record == records - 1 ? lastBytes : RECORD, null));
        next();
    }

    /** The oldest record is not needed any more. */
    void letGo() {
        unread--;
    }

    int records() {
        return records;
    }

    /** Records that nobody has let go of. */
    int unread() {
        return unread;
    }

    boolean hasGathered() {
        return gatheredBytes > 0;
    }

    /** Bytes held, those that are let go not counted. */
    long bytes() {
        return (long) unread * RECORD + gatheredBytes;
    }

    /** Whether the disk should be given time before more is appended. */
    boolean isBusy() {
        return tasks.size() >= MOST_WAITING;
    }

    private void next() {
        if (!atWork && !closed && !tasks.isEmpty()) {
            atWork = true;
            space.execute(tasks.getFirst());
        }
    }

    private void done(Task task) {
        atWork = false;
        if (closed) {
            closeOnWorker();
            return;
        }
        tasks.removeFirst();
        String problem = task.problem;
        byte[] read = task.read;
        if (problem != null) {
            user.spillFailed(problem);
        } else if (read != null) {
            user.spillRead(Unpooled.wrappedBuffer(read), task.record);
        } else {
            user.spillWritten();
        }
        next();
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        space.returnDisk((long) slotsTaken * SLOT);
        tasks.clear();
        if (!atWork) {
            closeOnWorker();
        }
    }

    private void closeOnWorker() {
        space.execute(this::closeChannel);
    }

    // ------------------------------------------------------------------ worker

    /** Slots are used in turn: a record is let go of before the one that takes its place is appended. */
    private long position(int record) {
        return (long) (record % slots) * SLOT;
    }

    private FileChannel channel() throws IOException {
        FileChannel known = channel;
        if (known == null) {
            known = space.open(number);
            channel = known;
        }
        return known;
    }

    private void put(int record, byte[] sealed) throws IOException {
        var bytes = ByteBuffer.wrap(sealed);
        long at = position(record);
        while (bytes.hasRemaining()) {
            at += channel().write(bytes, at);
        }
    }

    private byte[] get(int record, int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        long at = position(record);
        while (bytes.hasRemaining()) {
            int count = channel().read(bytes, at);
            if (count < 0) {
                throw new EOFException("the spill file is cut");
            }
            at += count;
        }
        return Arrays.copyOf(bytes.array(), length);
    }

    private void closeChannel() {
        FileChannel known = channel;
        channel = null;
        if (known != null) {
            space.closed(known);
        }
    }
}
