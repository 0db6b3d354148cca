package dev.moorgate.cli.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.control.LastGood;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.Push;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A data plane that dies at any moment of a push: what it left on its volume is one of the two tables, it serves that at once when it
 * comes back, and has the newest soon after (faults H7, I3). Death is what SIGKILL leaves: the files as they are in that moment.
 */
class KilledSidecarTest {
    private static final int TIMES = 50;
    private static final int LONGEST_MICROS = 6_000;

    @TempDir
    Path temporary;

    @Test
    void dataPlaneThatIsKilledInAnyMomentComesBackWithOneOfTheTwoTables() throws Exception {
        var random = new Random(13);
        Path socket = temporary.resolve("run").resolve("control.sock");
        Path folder = temporary.resolve("state-0");
        var sidecar = new Sidecar(socket, folder);
        int between = 0;
        try (var pushes = new NumberedPushes(socket)) {
            pushes.push(0);
            pushes.awaitInForce(0);
            for (int i = 1; i <= TIMES; i++) {
                pushes.push(i);
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(LONGEST_MICROS)));
                Path left = temporary.resolve("state-" + i);
                copy(folder, left);
                sidecar.close();
                Optional<Push> found = new LastGood(left, "pod").load().push();
                assertThat(found).as("round %d", i).isPresent();
                assertThat(isTable(i - 1, found.get()) || isTable(i, found.get()))
                        .as("round %d: table %s", i, Digest.of(found.get().table()))
                        .isTrue();
                between += isTable(i - 1, found.get()) ? 1 : 0;

                folder = left;
                sidecar = new Sidecar(socket, folder);
                assertThat(sidecar.states().getFirst()).isEqualTo(found.get());
                pushes.awaitInForce(i);
                Sidecar now = sidecar;
                int wanted = i;
                Path there = folder;
                // It may have acknowledged what is not in the files of that moment: then this is noticed, and pushed
                // again; it
                // is in force before it is in the files.
                TablePublisherTest.await(() -> isTable(wanted, now.states().getLast())
                        && new LastGood(there, "pod")
                                .load()
                                .push()
                                .filter(push -> isTable(wanted, push))
                                .isPresent());
                assertThat(now.states()).allMatch(Tables::isWhole);
            }
        } finally {
            sidecar.close();
        }
        // Otherwise nobody was killed in time.
        assertThat(between).isPositive();
    }

    private static boolean isTable(int number, Push push) {
        return Tables.isWhole(push) && Tables.numberOf(push) == number;
    }

    /** The files that are there, one after the other; one may be renamed meanwhile. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
        for (int attempt = 0; ; attempt++) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
                for (Path file : files) {
                    Path copy = to.resolve(file.getFileName());
                    Files.deleteIfExists(copy);
                    Files.copy(file, copy);
                    Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(file));
                }
                return;
            } catch (NoSuchFileException renamed) {
                if (attempt > 100) {
                    throw renamed;
                }
            }
        }
    }
}
