package dev.moorgate.dataplane.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.control.LastGood.Found;
import dev.moorgate.routetable.wire.Push;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged copy is never served: the generation before it is, else nothing (faults H8). */
class LastGoodTest {
    private static final Push FIRST = WireFiles.push(1);
    private static final Push SECOND = WireFiles.push(2);
    private static final Push THIRD = WireFiles.push(3);

    @TempDir
    Path temporary;

    private Path folder() {
        return temporary.resolve("state");
    }

    private LastGood store() {
        return new LastGood(folder(), "pod-1");
    }

    private void saved(Push... pushes) throws IOException {
        for (Push push : pushes) {
            store().save(push);
        }
    }

    private Path current() {
        return folder().resolve("table");
    }

    @Test
    void newestPushIsFoundWithAllItsKeys() throws IOException {
        saved(FIRST, SECOND);

        assertThat(store().load()).isEqualTo(new Found(Optional.of(SECOND), List.of()));
    }

    @Test
    void nothingIsFoundBeforeTheFirst() {
        Found found = store().load();

        assertThat(found.push()).isEmpty();
        assertThat(found.problems()).isEmpty();
    }

    /** Does something bad to a file. */
    @FunctionalInterface
    interface Damage {
        void to(Path file) throws IOException;
    }

    private static Damage rewrite(UnaryOperator<byte[]> change) {
        return file -> Files.write(file, change.apply(Files.readAllBytes(file)));
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                Arguments.of("empty", rewrite(content -> new byte[0]), "is cut"),
                Arguments.of("cut in its head", rewrite(content -> Arrays.copyOf(content, 40)), "is cut"),
                Arguments.of(
                        "cut in its body", rewrite(content -> Arrays.copyOf(content, content.length - 1)), "damaged"),
                Arguments.of("cut behind its head", rewrite(content -> Arrays.copyOf(content, 119)), "damaged"),
                Arguments.of(
                        "bit flipped",
                        rewrite(content -> {
                            content[content.length / 2] ^= 4;
                            return content;
                        }),
                        "damaged"),
                Arguments.of(
                        "bit flipped in its checksum",
                        rewrite(content -> {
                            content[60] ^= 1;
                            return content;
                        }),
                        "damaged"),
                Arguments.of("longer", rewrite(content -> Arrays.copyOf(content, content.length + 1)), "damaged"),
                Arguments.of("zeros", rewrite(content -> new byte[content.length]), "is cut"),
                Arguments.of(
                        "older form",
                        rewrite(content -> {
                            content["moorgate-last-good-".length()] = '0';
                            return content;
                        }),
                        "of another format"),
                Arguments.of(
                        "not readable",
                        (Damage) file -> {
                            Files.delete(file);
                            Files.createDirectory(file);
                        },
                        "cannot be read"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damagedCopyFallsBackToTheOneBefore(String name, Damage damage, String problem) throws IOException {
        saved(FIRST, SECOND);
        damage.to(current());

        Found found = store().load();

        assertThat(found.push()).contains(FIRST);
        assertThat(found.problems())
                .singleElement()
                .asString()
                .startsWith("table: ")
                .contains(problem);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void twoDamagedCopiesAreNoTable(String name, Damage damage, String problem) throws IOException {
        saved(FIRST, SECOND);
        damage.to(current());
        damage.to(folder().resolve("table.previous"));

        Found found = store().load();

        assertThat(found.push()).isEmpty();
        assertThat(found.problems()).hasSize(2);
    }

    @Test
    void missingCopyFallsBackToTheOneBefore() throws IOException {
        saved(FIRST, SECOND);
        Files.delete(current());

        assertThat(store().load().push()).contains(FIRST);
    }

    @Test
    void copyOfAnotherOwnerIsNotServed() throws IOException {
        saved(FIRST, SECOND);

        Found found = new LastGood(folder(), "pod-2").load();

        assertThat(found.push()).isEmpty();
        assertThat(found.problems()).containsExactly("table: belongs to another", "table.previous: belongs to another");
    }

    @Test
    void damagedCopyNeverPushesOutTheGoodOneBeforeIt() throws IOException {
        saved(FIRST, SECOND);
        Files.write(current(), new byte[] {1, 2, 3});

        saved(THIRD);
        assertThat(store().load().push()).contains(THIRD);
        Files.write(current(), new byte[] {1, 2, 3});

        assertThat(store().load().push()).contains(FIRST);
    }

    @Test
    void fullDiskKeepsWhatIsThere() throws IOException {
        var full = new AtomicBoolean();
        var store = new LastGood(folder(), "pod-1", new FullDisk(full));
        store.save(FIRST);
        store.save(SECOND);
        full.set(true);

        assertThatThrownBy(() -> store.save(THIRD)).hasMessage("No space left on device");

        assertThat(store().load()).isEqualTo(new Found(Optional.of(SECOND), List.of()));
        try (Stream<Path> files = Files.list(folder())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("table", "table.previous");
        }
        full.set(false);
        store.save(THIRD);
        assertThat(store().load().push()).contains(THIRD);
    }

    @Test
    void leftoverOfAKilledWriterDisturbsNothing() throws IOException {
        saved(FIRST);
        Files.write(folder().resolve("table.new"), new byte[] {7});

        assertThat(store().load().push()).contains(FIRST);
        saved(SECOND);
        assertThat(store().load().push()).contains(SECOND);
    }

    @Test
    void onlyWeMayReadIt() throws IOException {
        saved(FIRST, SECOND);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(folder())) {
            assertThat(files)
                    .hasSize(2)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }
}
