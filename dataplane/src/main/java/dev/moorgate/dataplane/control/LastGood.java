package dev.moorgate.dataplane.control;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableWriter;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The last good table on disk, from which a restarted process serves without its operator (faults H7 to H9). Two
 * generations, each with a checksum and its owner's name in its first line; written to a temporary file, synced and
 * renamed; 0600 in a directory of 0700, since it holds private keys. One thread at a time.
 */
public final class LastGood {
    private static final String MAGIC = "moorgate-last-good-1";
    private static final String CURRENT = "table";
    private static final String PREVIOUS = "table.previous";
    private static final String TEMPORARY = "table.new";
    private static final int HEAD_LIMIT = 512;

    /** Puts octets into a new file and syncs it. */
    @FunctionalInterface
    interface Disk {
        void write(Path file, byte[] head, byte[] body) throws IOException;
    }

    /** What was found: the newest push that is whole, and what is wrong with newer ones. */
    public record Found(Optional<Push> push, List<String> problems) {}

    private final Path folder;
    private final String owner;
    private final Disk disk;
    /** Whether the current generation may push out the previous one. */
    private boolean currentIsGood;

    /** {@code owner}: whose table it is (the pod's UID or the release); another's is not served. */
    public LastGood(Path folder, String owner) {
        this(folder, owner, LastGood::write);
    }

    LastGood(Path folder, String owner, Disk disk) {
        this.folder = folder;
        this.owner = HexFormat.of().formatHex(sha256(owner.getBytes(UTF_8)), 0, 16);
        this.disk = disk;
    }

    /** The newest generation that is whole; none where there is none, never an empty table. */
    public Found load() {
        var problems = new ArrayList<String>();
        Optional<Push> current = read(CURRENT, problems);
        currentIsGood = current.isPresent();
        Optional<Push> push = current.isPresent() ? current : read(PREVIOUS, problems);
        return new Found(push, List.copyOf(problems));
    }

    /** Makes {@code push} the current generation and the good one before it the previous; a failure changes nothing. */
    public void save(Push push) throws IOException {
        byte[] body = TableWriter.WIRE.write(push);
        String head = MAGIC + " " + owner + " " + HexFormat.of().formatHex(sha256(body)) + "\n";
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Path temporary = folder.resolve(TEMPORARY);
        Files.deleteIfExists(temporary);
        try {
            disk.write(temporary, head.getBytes(US_ASCII), body);
            if (currentIsGood || read(CURRENT, new ArrayList<>()).isPresent()) {
                Files.move(folder.resolve(CURRENT), folder.resolve(PREVIOUS), ATOMIC_MOVE);
            }
            Files.move(temporary, folder.resolve(CURRENT), ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        currentIsGood = true;
        try (FileChannel directory = FileChannel.open(folder, READ)) {
            directory.force(true);
        }
    }

    private static void write(Path file, byte[] head, byte[] body) throws IOException {
        var permissions = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), permissions)) {
            for (byte[] part : List.of(head, body)) {
                ByteBuffer rest = ByteBuffer.wrap(part);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
            channel.force(true);
        }
    }

    private Optional<Push> read(String name, List<String> problems) {
        Path file = folder.resolve(name);
        try {
            if (Files.size(file) > TableReader.LIMIT + HEAD_LIMIT) {
                problems.add(name + ": is larger than any table");
                return Optional.empty();
            }
            return Optional.of(parse(Files.readAllBytes(file)));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException e) {
            problems.add(name + ": cannot be read: " + e.getMessage());
        } catch (WireException e) {
            problems.add(name + ": " + e.getMessage());
        }
        return Optional.empty();
    }

    private Push parse(byte[] content) throws WireException {
        int end = 0;
        while (end < content.length && end < HEAD_LIMIT && content[end] != '\n') {
            end++;
        }
        String[] head = new String(content, 0, end, US_ASCII).split(" ", -1);
        if (head.length != 3 || !head[0].equals(MAGIC) || end == content.length) {
            throw new WireException("", "is cut or of another format");
        }
        byte[] body = Arrays.copyOfRange(content, end + 1, content.length);
        if (!head[2].equals(HexFormat.of().formatHex(sha256(body)))) {
            throw new WireException("", "is damaged: its checksum is not that of its content");
        }
        if (!head[1].equals(owner)) {
            throw new WireException("", "belongs to another");
        }
        return TableReader.push(body);
    }

    private static byte[] sha256(byte[] octets) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(octets);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
