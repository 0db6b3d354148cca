package dev.moorgate.dataplane.control;

import dev.moorgate.dataplane.control.GoodFile.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The system's disk, which has room for the first half of a write only while it is full.
 *
 * @param full whether it is
 */
record FullDisk(AtomicBoolean full) implements Disk {
    @Override
    public void write(Path file, byte[] head, byte[] body) throws IOException {
        Files.write(file, head);
        fill(file, body);
    }

    @Override
    public void append(Path file, byte[] head, byte[] body) throws IOException {
        Files.write(file, head, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        fill(file, body);
    }

    private void fill(Path file, byte[] body) throws IOException {
        Files.write(file, full.get() ? Arrays.copyOf(body, body.length / 2) : body, StandardOpenOption.APPEND);
        if (full.get()) {
            throw new IOException("No space left on device");
        }
    }
}
