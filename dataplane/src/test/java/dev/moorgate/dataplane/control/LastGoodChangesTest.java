package dev.moorgate.dataplane.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.control.LastGood.Found;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.DeltaPush;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change is on disk without the table that it changes; a damaged one hides those behind it and nothing before it (faults H8). */
class LastGoodChangesTest {
    @TempDir
    Path temporary;

    private final List<Push> pushes = new ArrayList<>();
    private final List<byte[]> changes = new ArrayList<>();

    @BeforeEach
    void make() throws Exception {
        Stamped last = Stamped.of(WireFiles.push(1));
        pushes.add(last.push());
        changes.add(new byte[0]);
        for (int i = 1; i <= 140; i++) {
            Push old = last.push();
            var endpoints = new EndpointTable(List.of(new UpstreamEndpoints(
                    old.endpoints().upstreams().getFirst().upstream(),
                    List.of(new Endpoint(
                            "cart-0",
                            "cart-0",
                            Optional.of("10.0.0." + i),
                            Optional.empty(),
                            8080,
                            Optional.empty(),
                            List.of(),
                            Endpoint.State.READY)))));
            boolean isRoute = i % 3 == 0;
            Stamped next = Stamped.of(new Push(
                    isRoute ? old.version().nextTable() : old.version().nextEndpoints(),
                    isRoute ? withKey(old.table(), i) : old.table(),
                    endpoints));
            changes.add(TableWriter.WIRE.write(DeltaPush.between(last, next)));
            pushes.add(next.push());
            last = next;
        }
    }

    private static RouteTable withKey(RouteTable table, int number) {
        KeyRing ring = table.keyRings().getFirst();
        var keys = new ArrayList<>(ring.keys());
        keys.add(new KeyRing.SessionKey("k" + number, keys.getFirst().secret()));
        return new RouteTable(
                table.settings(),
                table.listeners(),
                table.upstreams(),
                table.sessions(),
                table.certificates(),
                List.of(new KeyRing(ring.name(), keys)));
    }

    private Path file(String name) {
        return temporary.resolve("state").resolve(name);
    }

    private LastGood store() {
        return new LastGood(temporary.resolve("state"), "pod-1");
    }

    /** A store that was told all pushes up to this one. */
    private LastGood written(int last) throws IOException {
        LastGood store = store();
        write(store, 0, last);
        return store;
    }

    private void write(LastGood store, int first, int last) throws IOException {
        for (int i = first; i <= last; i++) {
            if (i == 0) {
                store.save(pushes.getFirst());
            } else {
                store.add(changes.get(i), pushes.get(i));
            }
        }
    }

    private static Found found(Push push) {
        return new Found(Optional.of(push), List.of());
    }

    @Test
    void everyChangeIsFoundWhereverTheWriterEnds() throws IOException {
        LastGood store = store();
        for (int i = 0; i <= 140; i++) {
            write(store, i, i);
            assertThat(store().load()).as("after %d", i).isEqualTo(found(pushes.get(i)));
        }
    }

    @Test
    void changeIsFarSmallerThanTheTable() throws IOException {
        written(0);
        byte[] before = Files.readAllBytes(file("table"));
        written(1);

        assertThat(file("table")).hasBinaryContent(before);
        assertThat(Files.size(file("table.changes"))).isLessThan(before.length / 4);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("table.changes"))))
                .isEqualTo("rw-------");
    }

    @Test
    void changesCutAnywhereCountAsFarAsTheyAreWholeAndNothingIsWrongWithThem() throws IOException {
        written(3);
        byte[] whole = Files.readAllBytes(file("table.changes"));
        int seen = 0;
        for (int length = 0; length < whole.length; length++) {
            Files.write(file("table.changes"), Arrays.copyOf(whole, length));

            Found found = store().load();

            int count = pushes.indexOf(found.push().orElseThrow());
            assertThat(count).as("cut at %d", length).isBetween(seen, 2);
            assertThat(found.problems()).as("cut at %d", length).isEmpty();
            seen = count;
        }
        assertThat(seen).isEqualTo(2);
    }

    @Test
    void damagedChangeHidesThoseBehindIt() throws IOException {
        written(3);
        byte[] whole = Files.readAllBytes(file("table.changes"));
        byte[] damaged = whole.clone();
        damaged[whole.length - 2] ^= 4;
        Files.write(file("table.changes"), damaged);

        assertThat(store().load())
                .isEqualTo(new Found(
                        Optional.of(pushes.get(2)),
                        List.of("table.changes: change 3 is damaged: its checksum is not that of its content")));
        Files.write(file("table.changes"), new byte[] {1, 2, 3});
        assertThat(store().load())
                .isEqualTo(
                        new Found(Optional.of(pushes.get(0)), List.of("table.changes: is cut or of another format")));
    }

    @Test
    void nothingIsWrittenBehindWhatARestartFound() throws IOException {
        written(3);
        Files.write(file("table.changes"), Arrays.copyOf(Files.readAllBytes(file("table.changes")), 300));

        LastGood restarted = store();
        restarted.load();
        restarted.add(changes.get(4), pushes.get(4));

        assertThat(store().load()).isEqualTo(found(pushes.get(4)));
    }

    @Test
    void damagedTableFallsBackToTheOneBeforeWithItsChanges() throws IOException {
        LastGood store = written(3);
        store.save(pushes.get(4));
        Files.write(file("table"), new byte[] {1, 2, 3});

        assertThat(store().load().push()).contains(pushes.get(3));
    }

    @Test
    void saveCutShortBetweenTwoOfItsStepsLosesNothing() throws IOException {
        LastGood store = written(3);
        store.save(pushes.get(4));
        write(store, 5, 6);
        // the next save has renamed the table, and not its changes
        Files.move(file("table"), file("table.previous"), StandardCopyOption.REPLACE_EXISTING);

        assertThat(store().load()).isEqualTo(found(pushes.get(6)));
        Files.move(file("table.changes"), file("table.changes.previous"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(store().load()).isEqualTo(found(pushes.get(6)));
    }

    @Test
    void renameThatFailsCostsOneSave() throws IOException {
        LastGood store = written(3);
        // no file can take the place of a folder
        Files.createDirectories(file("table.changes.previous").resolve("in the way"));
        assertThatThrownBy(() -> store.save(pushes.get(4))).isInstanceOf(IOException.class);
        assertThat(store().load().push()).contains(pushes.get(3));
        Files.delete(file("table.changes.previous").resolve("in the way"));
        Files.delete(file("table.changes.previous"));

        store.save(pushes.get(5));

        assertThat(store().load()).isEqualTo(found(pushes.get(5)));
        write(store, 6, 6);
        assertThat(store().load()).isEqualTo(found(pushes.get(6)));
    }

    @Test
    void changeOfATableThatCouldNotBeSavedIsSavedWithIt() throws IOException {
        var full = new AtomicBoolean();
        var store = new LastGood(temporary.resolve("state"), "pod-1", new FullDisk(full));
        write(store, 0, 2);
        full.set(true);
        assertThatThrownBy(() -> store.save(pushes.get(3))).hasMessage("No space left on device");
        full.set(false);

        store.add(changes.get(4), pushes.get(4));

        assertThat(store().load()).isEqualTo(found(pushes.get(4)));
    }

    @Test
    void changesOfAnotherTableAreLeftAlone() throws IOException {
        written(3);
        byte[] theirs = Files.readAllBytes(file("table.changes"));
        LastGood store = store();
        store.load();
        store.save(pushes.get(5));
        Files.write(file("table.changes"), theirs);

        assertThat(store().load()).isEqualTo(found(pushes.get(5)));
    }

    @Test
    void fullDiskCostsTheChangeAndNothingElse() throws IOException {
        var full = new AtomicBoolean();
        var store = new LastGood(temporary.resolve("state"), "pod-1", new FullDisk(full));
        write(store, 0, 2);
        full.set(true);

        assertThatThrownBy(() -> store.add(changes.get(3), pushes.get(3))).hasMessage("No space left on device");
        assertThat(store().load().push()).contains(pushes.get(2));
        full.set(false);
        store.add(changes.get(4), pushes.get(4));
        assertThat(store().load()).isEqualTo(found(pushes.get(4)));
    }
}
