package dev.moorgate.dataplane.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;

import dev.moorgate.dataplane.control.GoodFile.Disk;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableWriter;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The last good table on disk, from which a restarted process serves without its operator (faults H7 to H9). Two generations, each a whole
 * push and the changes since, so that a change of one route does not write ten thousand; written to a temporary file, synced and renamed;
 * 0600 in a directory of 0700, since it holds private keys. One thread at a time.
 */
public final class LastGood {
    private static final String CURRENT = "table";
    private static final String PREVIOUS = "table.previous";
    private static final String CHANGES = "table.changes";
    private static final String PREVIOUS_CHANGES = "table.changes.previous";
    private static final String TEMPORARY = "table.new";
    /** What a restart has to read again. */
    private static final int MOST_CHANGES = 64;

    /** What was found: the newest push that is whole, and what is wrong with newer ones. */
    public record Found(Optional<Push> push, List<String> problems) {}

    private final Path folder;
    private final String owner;
    private final Disk disk;
    /** Whether the current generation may push out the previous one. */
    private boolean currentIsGood;
    /** Checksum of the current generation's whole push where changes may be added to it. */
    private @Nullable String base;

    private int changes;

    /** {@code owner}: whose table it is (the pod's UID or the release); another's is not served. */
    public LastGood(Path folder, String owner) {
        this(folder, owner, Disk.OF_THE_SYSTEM);
    }

    LastGood(Path folder, String owner, Disk disk) {
        this.folder = folder;
        this.owner = GoodFile.sha256(owner.getBytes(UTF_8)).substring(0, 32);
        this.disk = disk;
    }

    /** The newest generation that is whole, with the changes that are; none where there is none, never an empty table. */
    public Found load() {
        var problems = new ArrayList<String>();
        Optional<Push> current = read(CURRENT, List.of(CHANGES), problems);
        currentIsGood = current.isPresent();
        base = null;
        Optional<Push> push =
                current.isPresent() ? current : read(PREVIOUS, List.of(PREVIOUS_CHANGES, CHANGES), problems);
        return new Found(push, List.copyOf(problems));
    }

    /** Makes {@code push} the current generation and the good one before it the previous; a failure changes nothing. */
    public void save(Push push) throws IOException {
        // Until it is on disk as a whole, no change of it may be added to what was.
        base = null;
        byte[] body = TableWriter.WIRE.write(push);
        String checksum = GoodFile.sha256(body);
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Path temporary = folder.resolve(TEMPORARY);
        Files.deleteIfExists(temporary);
        try {
            disk.write(temporary, GoodFile.tableHead(owner, checksum), body);
            boolean isGood = currentIsGood
                    || read(CURRENT, List.of(CHANGES), new ArrayList<>()).isPresent();
            // After a step that fails the next save looks for itself.
            currentIsGood = false;
            if (isGood) {
                // Changes name the push that they begin with: beside another one they count for nothing.
                Files.move(folder.resolve(CURRENT), folder.resolve(PREVIOUS), ATOMIC_MOVE);
                moveChanges();
            }
            Files.move(temporary, folder.resolve(CURRENT), ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        Files.deleteIfExists(folder.resolve(CHANGES));
        currentIsGood = true;
        base = checksum;
        changes = 0;
        try (FileChannel directory = FileChannel.open(folder, READ)) {
            directory.force(true);
        }
    }

    private void moveChanges() throws IOException {
        try {
            Files.move(folder.resolve(CHANGES), folder.resolve(PREVIOUS_CHANGES), ATOMIC_MOVE);
        } catch (NoSuchFileException none) {
            Files.deleteIfExists(folder.resolve(PREVIOUS_CHANGES));
        }
    }

    /**
     * Adds a change of what was saved or added last; now and then, and on any doubt, all of it is saved instead.
     *
     * @param change a {@code DeltaPush} as it came
     * @param result what it makes of the push before it
     */
    public void add(byte[] change, Push result) throws IOException {
        String beginning = base;
        if (beginning == null || changes == MOST_CHANGES) {
            save(result);
            return;
        }
        // Until it is on disk as a whole, nothing may be written behind it.
        base = null;
        disk.append(
                folder.resolve(CHANGES),
                changes == 0 ? GoodFile.changesHead(owner, beginning) : new byte[0],
                GoodFile.record(change));
        base = beginning;
        changes++;
    }

    /** A save that was cut short may have renamed one file of a generation and not the other: its changes have two names. */
    private Optional<Push> read(String name, List<String> changesNames, List<String> problems) {
        Optional<GoodFile.Table> table = read(name, problems, content -> GoodFile.table(content, owner));
        if (table.isEmpty()) {
            return Optional.empty();
        }
        for (String file : changesNames) {
            Optional<GoodFile.Replay> replay = read(
                            file, problems, content -> GoodFile.replay(content, owner, table.get()))
                    .flatMap(found -> found);
            if (replay.isPresent()) {
                replay.get().problem().ifPresent(problem -> problems.add(file + ": " + problem));
                return Optional.of(replay.get().push());
            }
        }
        return table.map(GoodFile.Table::push);
    }

    /** What the content of a file says. */
    private interface Parser<T> {
        T parse(byte[] content) throws WireException;
    }

    private <T> Optional<T> read(String name, List<String> problems, Parser<T> parser) {
        Path file = folder.resolve(name);
        try {
            if (Files.size(file) > 2L * TableReader.LIMIT) {
                problems.add(name + ": is larger than any table");
                return Optional.empty();
            }
            return Optional.of(parser.parse(Files.readAllBytes(file)));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException e) {
            problems.add(name + ": cannot be read: " + e.getMessage());
        } catch (WireException e) {
            problems.add(name + ": " + e.getMessage());
        }
        return Optional.empty();
    }
}
