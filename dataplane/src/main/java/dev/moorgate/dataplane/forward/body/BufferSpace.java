package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * What all kept bodies of a process share: bounds on memory and disk, the folder of spill files, the key that they are sealed
 * with, which no file outlives, and the two threads that touch them. Any thread.
 */
public final class BufferSpace implements MetricSource {
    static final int TAG_BYTES = 16;
    private static final int THREADS = 2;
    private static final Set<OpenOption> OPEN = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            // on Unix the name is gone as soon as the file is open: nothing is left whatever becomes of us
            StandardOpenOption.DELETE_ON_CLOSE);

    private final Path folder;
    private final long mostMemory;
    private final long mostDisk;
    private final SecretKey key;
    private final ThreadPoolExecutor workers;
    private final AtomicLong memory = new AtomicLong();
    private final AtomicLong disk = new AtomicLong();
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong numbers = new AtomicLong();
    private final LongAdder spilled = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /**
     * @param folder made when the first file is needed
     * @param mostMemory bytes of all kept bodies in memory
     * @param mostDisk bytes of all spill files
     */
    public BufferSpace(Path folder, long mostMemory, long mostDisk) {
        this.folder = folder;
        this.mostMemory = mostMemory;
        this.mostDisk = mostDisk;
        key = newKey();
        workers = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform().daemon().name("moorgate-spill").unstarted(task));
        workers.allowCoreThreadTimeOut(true);
    }

    private static SecretKey newKey() {
        try {
            KeyGenerator generator = KeyGenerator.getInstance("AES");
            generator.init(256);
            return generator.generateKey();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has AES", e);
        }
    }

    // ------------------------------------------------------------------ bounds

    boolean tryMemory(long bytes) {
        return tryTake(memory, bytes, mostMemory);
    }

    void returnMemory(long bytes) {
        memory.addAndGet(-bytes);
    }

    boolean tryDisk(long bytes) {
        return tryTake(disk, bytes, mostDisk);
    }

    void returnDisk(long bytes) {
        disk.addAndGet(-bytes);
    }

    private boolean tryTake(AtomicLong sum, long bytes, long most) {
        if (sum.addAndGet(bytes) <= most) {
            return true;
        }
        sum.addAndGet(-bytes);
        refused.increment();
        return false;
    }

    /** Bytes of kept bodies in memory. */
    public long memoryBytes() {
        return memory.get();
    }

    /** Bytes of spill files. */
    public long diskBytes() {
        return disk.get();
    }

    /** Open spill files. */
    public long fileCount() {
        return files.get();
    }

    // ------------------------------------------------------------------ files

    long nextNumber() {
        return numbers.getAndIncrement();
    }

    void execute(Runnable task) {
        workers.execute(task);
    }

    /** On a thread of ours. */
    FileChannel open(long number) throws IOException {
        Files.createDirectories(folder);
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] owned = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path file = folder.resolve(
                "moorgate-" + ProcessHandle.current().pid() + "-" + System.identityHashCode(this) + "-" + number);
        FileChannel channel = FileChannel.open(file, OPEN, owned);
        files.incrementAndGet();
        return channel;
    }

    void closed(FileChannel channel) {
        files.decrementAndGet();
        try {
            channel.close();
        } catch (IOException e) {
            // its name is gone already, and its content is sealed
        }
    }

    /** AES-GCM; file and record make the nonce, so that none is used twice and no record passes for another. */
    byte[] seal(long file, int record, byte[] plain, int length) throws GeneralSecurityException {
        byte[] sealed = cipher(Cipher.ENCRYPT_MODE, file, record).doFinal(plain, 0, length);
        spilled.add(length);
        return sealed;
    }

    byte[] unseal(long file, int record, byte[] sealed) throws GeneralSecurityException {
        return cipher(Cipher.DECRYPT_MODE, file, record).doFinal(sealed);
    }

    private Cipher cipher(int mode, long file, int record) throws GeneralSecurityException {
        byte[] nonce = new byte[12];
        for (int i = 0; i < 8; i++) {
            nonce[i] = (byte) (file >>> (8 * i));
        }
        for (int i = 0; i < 4; i++) {
            nonce[8 + i] = (byte) (record >>> (8 * i));
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
        return cipher;
    }

    @Override
    public void collect(MetricSheet sheet) {
        sheet.gauge("moorgate_buffer_memory_bytes", "Kept bodies in memory.", memory.get());
        sheet.gauge("moorgate_spill_bytes", "Disk held by spill files.", disk.get());
        sheet.gauge("moorgate_spill_files", "Open spill files.", files.get());
        sheet.counter("moorgate_spill_written_bytes", "Bytes of bodies written to spill files.", spilled.sum());
        sheet.counter("moorgate_buffer_refused", "Times all memory or disk for bodies was in use.", refused.sum());
    }
}
