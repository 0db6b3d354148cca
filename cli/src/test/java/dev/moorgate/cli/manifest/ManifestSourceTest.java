package dev.moorgate.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders of manifests as they change. */
class ManifestSourceTest {
    @TempDir
    private Path folder;

    private static String service(String name, int port) {
        return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {ports: [{port: " + port + "}]}\n";
    }

    /** For tests that write and read in one breath: its clock is a minute ahead, so that every file counts as written. */
    private ManifestSource settledSource() {
        return new ManifestSource(List.of(folder), () -> Instant.now().plusSeconds(60));
    }

    private static final String SLICE =
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web}\naddressType: IPv4\n";

    @Test
    void filesOfSubFoldersAreReadInOrderAndHiddenOnesAreNot() throws IOException {
        Files.createDirectories(folder.resolve("b/.git"));
        Files.writeString(folder.resolve("b/two.yml"), service("two", 80));
        Files.writeString(folder.resolve("a.yaml"), service("one", 80));
        Files.writeString(folder.resolve("b/.git/three.yaml"), service("three", 80));
        Files.writeString(folder.resolve("notes.txt"), "not: [yaml");

        var reading = settledSource().read();

        assertThat(reading.problems()).isEmpty();
        assertThat(reading.objects())
                .extracting(object -> object.object().getMetadata().getName())
                .containsExactly("one", "two");
    }

    @Test
    void aBrokenFileKeepsItsLastGoodObjects() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, service("web", 80));
        var source = settledSource();
        source.read();

        Files.writeString(file, service("web", 81) + "---\nspec: [broken\n");
        var reading = source.read();

        assertThat(reading.objects()).hasSize(1);
        assertThat(reading.objects().getFirst().tree().at("/spec/ports/0/port").asInt())
                .isEqualTo(80);
        assertThat(reading.problems()).hasSize(1);
        assertThat(reading.changedKinds()).isEmpty();

        Files.writeString(file, service("web", 81));
        reading = source.read();

        assertThat(reading.problems()).isEmpty();
        assertThat(reading.changedKinds()).containsExactly("Service");
    }

    @Test
    void changedKindsTellEndpointChangesFromOthers() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), service("web", 80));
        Files.writeString(folder.resolve("b.yaml"), SLICE);
        var source = settledSource();
        assertThat(source.read().changedKinds()).containsExactly("EndpointSlice", "Service");
        assertThat(source.read().changedKinds()).isEmpty();

        Files.writeString(
                folder.resolve("b.yaml"), SLICE + "endpoints: [{addresses: [127.0.0.1]}]\n# longer than before\n");
        assertThat(source.read().changedKinds()).containsExactly("EndpointSlice");

        Files.delete(folder.resolve("a.yaml"));
        assertThat(source.read().changedKinds()).containsExactly("Service");
    }

    @Test
    void anObjectThatStandsTwiceIsToldAndTheFirstCounts() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), service("web", 80));
        Files.writeString(folder.resolve("b.yaml"), service("web", 81));

        var reading = settledSource().read();

        assertThat(reading.objects()).hasSize(1);
        assertThat(reading.problems()).hasSize(1);
        assertThat(reading.problems().getFirst().message())
                .isEqualTo("Service web stands in " + folder.resolve("a.yaml") + ":1 already; this one is ignored");
    }

    @Test
    void aFileThatIsBeingWrittenKeepsItsObjectsUntilItRests() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, service("web", 80));
        var now = new AtomicReference<>(
                Files.getLastModifiedTime(file).toInstant().plusSeconds(1));
        var source = new ManifestSource(List.of(folder), now::get);
        assertThat(source.read().settled()).isTrue();

        Files.writeString(file, "# no object yet");
        now.set(Files.getLastModifiedTime(file).toInstant().plusMillis(10));
        var reading = source.read();

        assertThat(reading.settled()).isFalse();
        assertThat(reading.objects()).hasSize(1);

        now.set(now.get().plus(ManifestSource.QUIET));
        reading = source.read();

        assertThat(reading.settled()).isTrue();
        assertThat(reading.objects()).isEmpty();
    }

    @Test
    void aFileThatWasEmptiedKeepsItsObjectsForLonger() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, service("web", 80));
        var now = new AtomicReference<>(
                Files.getLastModifiedTime(file).toInstant().plusSeconds(1));
        var source = new ManifestSource(List.of(folder), now::get);
        source.read();
        Files.writeString(file, "");
        Instant emptied = Files.getLastModifiedTime(file).toInstant();

        now.set(emptied.plus(ManifestSource.EMPTIED).minusMillis(1));
        var reading = source.read();
        assertThat(reading.settled()).isFalse();
        assertThat(reading.objects()).hasSize(1);

        now.set(emptied.plus(ManifestSource.EMPTIED));
        reading = source.read();
        assertThat(reading.settled()).isTrue();
        assertThat(reading.objects()).isEmpty();
    }

    @Test
    void aFileThatIsMovedIntoPlaceIsReadAtOnce() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, service("web", 80));
        var source = new ManifestSource(List.of(folder));
        source.read();

        Path fresh = Files.writeString(folder.resolve(".fresh"), service("shop", 80));
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);

        assertThat(source.read().objects())
                .extracting(object -> object.object().getMetadata().getName())
                .containsExactly("shop");
    }

    @Test
    void aFolderThatVanishesAsAWholeKeepsItsObjects() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.writeString(inner.resolve("a.yaml"), service("web", 80));
        var source = new ManifestSource(List.of(inner));
        source.read();

        Files.move(inner, folder.resolve("moved"));
        var reading = source.read();

        assertThat(reading.objects()).hasSize(1);
        assertThat(reading.problems()).extracting(ManifestProblem::message).containsExactly("no such file or folder");
    }

    @Test
    void aMissingFolderIsAProblem() {
        var reading = new ManifestSource(List.of(folder.resolve("absent"))).read();

        assertThat(reading.problems()).extracting(ManifestProblem::message).containsExactly("no such file or folder");
    }

    private static ManifestSource.Changes changed(Path... files) {
        return new ManifestSource.Changes(false, Set.of(files));
    }

    private static List<String> names(ManifestSource.Reading reading) {
        return reading.objects().stream()
                .map(object -> object.object().getMetadata().getName())
                .toList();
    }

    @Test
    void onlyTheFileThatIsNamedIsLookedAt() throws IOException {
        Path one = Files.writeString(folder.resolve("a.yaml"), service("one", 80));
        Path two = Files.writeString(folder.resolve("b.yaml"), service("two", 80));
        var source = settledSource();
        source.read();
        Files.writeString(one, service("first", 80));
        Files.writeString(two, service("second", 80));

        assertThat(names(source.read(changed(one, folder.resolve(".a.yaml.swp")))))
                .containsExactly("first", "two");
        assertThat(names(source.read(changed(two)))).containsExactly("first", "second");
    }

    @Test
    void aFileThatComesOrGoesIsSeenAndSoIsAllElse() throws IOException {
        Path one = Files.writeString(folder.resolve("a.yaml"), service("one", 80));
        Path two = Files.writeString(folder.resolve("b.yaml"), service("two", 80));
        var source = settledSource();
        source.read();
        Files.writeString(one, service("first", 80));
        Path three = Files.writeString(folder.resolve("c.yaml"), service("three", 80));

        assertThat(names(source.read(changed(three)))).containsExactly("first", "two", "three");

        Files.delete(two);
        assertThat(names(source.read(changed(two)))).containsExactly("first", "three");
    }

    @Test
    void aFileUnderTwoNamesChangesUnderBoth() throws IOException {
        Path outside = Files.createDirectory(folder.resolve(".versions"));
        Path real = Files.writeString(folder.resolve("a.yaml"), service("one", 80));
        Files.createSymbolicLink(folder.resolve("b.yaml"), real);
        Path data = Files.createSymbolicLink(folder.resolve("..data"), outside);
        var source = settledSource();
        source.read();
        Files.writeString(real, service("other", 80));

        assertThat(source.read(changed(real)).problems())
                .extracting(ManifestProblem::message)
                .containsExactly("Service other stands in " + real + ":1 already; this one is ignored");
        Files.writeString(real, service("third", 80));
        assertThat(names(source.read(changed(data)))).containsExactly("third");
    }

    @Test
    void aRootThatIsAFileCountsUnderAnyName() throws IOException {
        Path file = Files.writeString(folder.resolve("manifests.txt"), service("one", 80));
        var source = new ManifestSource(List.of(file), () -> Instant.now().plusSeconds(60));
        source.read();
        Files.writeString(file, service("other", 80));

        assertThat(names(source.read(changed(file)))).containsExactly("other");
    }

    @Test
    void aFileThatIsBeingWrittenIsLookedAtAgainWithoutBeingNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), service("one", 80));
        var now = new AtomicReference<>(
                Files.getLastModifiedTime(file).toInstant().plusSeconds(1));
        var source = new ManifestSource(List.of(folder), now::get);
        source.read();
        Files.writeString(file, service("second", 80));
        now.set(Files.getLastModifiedTime(file).toInstant().plusMillis(10));
        assertThat(source.read(changed(file)).settled()).isFalse();

        now.set(now.get().plus(ManifestSource.QUIET));
        var reading = source.read(changed());

        assertThat(reading.settled()).isTrue();
        assertThat(names(reading)).containsExactly("second");
    }

    @Test
    void aWatchNamesTheFileAndTellsOfFoldersThatItCannotNameAll() throws Exception {
        Path file = Files.writeString(folder.resolve("a.yaml"), service("web", 80));
        Path inner = Files.createDirectory(folder.resolve("inner"));
        try (var watch = new ManifestWatch(List.of(folder), Duration.ofHours(1))) {
            assertThat(watch.changes().anywhere()).isTrue();
            Files.writeString(file, service("web", 81));
            assertThat(watch.await(ManifestWatch.Until.NEWS)).isTrue();
            assertThat(watch.changes()).isEqualTo(changed(file));

            Files.move(inner, folder.resolve("moved"));
            for (int i = 0; i < 1_000 && !watch.changes().anywhere(); i++) {
                assertThat(watch.await(ManifestWatch.Until.SETTLED)).isTrue();
            }
            assertThat(watch.changes().anywhere()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 2000", "4, 2000", "5, 2500", "20, 10000", "60, 30000", "5000, 30000"})
    void aLookAtManyFilesIsTakenLessOften(long lookMillis, long pauseMillis) {
        assertThat(ManifestWatch.pollAfter(Duration.ofMillis(lookMillis), Duration.ofSeconds(2)))
                .isEqualTo(Duration.ofMillis(pauseMillis));
    }

    @Test
    void aWatchReturnsAfterAChangeAndEndsWhenStopped() throws Exception {
        try (var watch = new ManifestWatch(List.of(folder))) {
            var changed = CompletableFuture.supplyAsync(() -> awaiting(watch));
            Files.writeString(folder.resolve("a.yaml"), service("web", 80));
            assertThat(changed.get(60, TimeUnit.SECONDS)).isTrue();

            watch.stop();
            assertThat(CompletableFuture.supplyAsync(() -> awaiting(watch)).get(60, TimeUnit.SECONDS))
                    .isFalse();
        }
    }

    private static boolean awaiting(ManifestWatch watch) {
        try {
            return watch.await(ManifestWatch.Until.NEWS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
