package dev.moorgate.routetable.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.ReplicaState.SourceDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The files of {@code src/test/resources/wire} are what the writer writes and the reader reads; {@code -Dgolden=update}
 * rewrites them. A change that shows in a file is a change of the wire format: raise {@code TableWriter.FORMAT} once
 * there is a release. The data plane's tests install every {@code table-*.json}.
 */
class GoldenTest {
    private static final Path FOLDER = Path.of("src", "test", "resources", "wire");

    /** A value of the contract, and how the reader reads it back. */
    private record Case(String document, Reader reader, Record value) {}

    @FunctionalInterface
    private interface Reader {
        Record read(byte[] document) throws WireException;
    }

    private static Map<String, Case> cases() {
        var writer = TableWriter.WIRE;
        var cases = new TreeMap<String, Case>();
        cases.put("table-empty", table(RouteTable.EMPTY));
        cases.put("table-simple", table(Samples.simple()));
        cases.put("table-everything", table(Samples.everything()));
        var endpoints = Samples.endpoints();
        cases.put("endpoints", new Case(text(writer.write(endpoints)), TableReader::endpointTable, endpoints));
        var push = new Push(Samples.version(), Samples.everything(), endpoints);
        cases.put("push", new Case(text(writer.write(push)), TableReader::push, push));
        var applied = Ack.applied(Samples.version(), Digest.of(Samples.simple()));
        cases.put("ack-applied", new Case(text(writer.write(applied)), TableReader::ack, applied));
        var refused = Ack.refused(Samples.version(), "", "listeners[0].port", "must be 1 to 65535, not 0");
        cases.put("ack-refused", new Case(text(writer.write(refused)), TableReader::ack, refused));
        var delta = TableDelta.between(Samples.simple(), Samples.everything());
        cases.put("delta", new Case(text(writer.write(delta)), TableReader::tableDelta, delta));
        var scale = EndpointDelta.between(EndpointTable.EMPTY, endpoints);
        cases.put("delta-endpoints", new Case(text(writer.write(scale)), TableReader::endpointDelta, scale));
        var before = Stamped.of(new Push(Samples.version(), Samples.simple(), EndpointTable.EMPTY));
        var after = new Push(Samples.version().nextTable(), Samples.everything(), endpoints);
        var changes = DeltaPush.between(before, Stamped.of(after));
        cases.put("push-delta", new Case(text(writer.write(changes)), TableReader::deltaPush, changes));
        var state = new ReplicaState(
                "moorgate-0",
                Samples.version(),
                Digest.of(Samples.simple()),
                Optional.of(refused),
                new SourceDigests()
                        .of(Samples.simple()).entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(entry -> new SourceDigest(entry.getKey(), entry.getValue()))
                                .toList(),
                Optional.empty());
        cases.put("replica", new Case(text(writer.write(state)), TableReader::replicaState, state));
        var later = new ReplicaState(
                state.replica(),
                state.version(),
                state.digest(),
                Optional.empty(),
                state.sources().subList(0, 1),
                Optional.of(new ReplicaState.Since(
                        Digest.of(Samples.everything()), List.of(SourceRef.of("HTTPRoute", "shop", "gone")))));
        cases.put("replica-since", new Case(text(writer.write(later)), TableReader::replicaState, later));
        var seen = new SessionCensus.Seen(-4702111234474983746L, 12);
        var census = new SessionCensus(List.of(new SessionCensus.Sessions(
                "1c887564:shop/cart/80",
                1,
                List.of(new SessionCensus.Outcome("new", 3), new SessionCensus.Outcome("resumed", 40)),
                List.of(new SessionCensus.Moored("cart-0/8080", List.of(seen), 1_763_800_060L)),
                1_763_800_000L,
                7)));
        cases.put("census", new Case(text(writer.write(census)), TableReader::sessionCensus, census));
        return cases;
    }

    private static String text(byte[] document) {
        return new String(document, UTF_8);
    }

    private static Case table(RouteTable table) {
        return new Case(text(TableWriter.WIRE.write(table)), TableReader::routeTable, table);
    }

    @TestFactory
    Stream<DynamicTest> everyFileIsWhatTheWriterWritesAndTheReaderReads() {
        return cases().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Path file = FOLDER.resolve(entry.getKey() + ".json");
                    Case golden = entry.getValue();
                    String written = Lines.of(golden.document());
                    if ("update".equals(System.getProperty("golden"))) {
                        Files.createDirectories(FOLDER);
                        Files.writeString(file, written);
                    }
                    String expected = Files.readString(file);
                    assertThat(written).isEqualTo(expected);
                    assertThat(golden.reader().read(golden.document().getBytes(UTF_8)))
                            .isEqualTo(golden.value());
                    assertThat(golden.reader().read(Files.readAllBytes(file))).isEqualTo(golden.value());
                }));
    }

    @Test
    void everyFileBelongsToACase() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            var names = new TreeSet<String>();
            files.forEach(file -> names.add(file.getFileName().toString().replaceAll("[.]json$", "")));
            assertThat(names).isEqualTo(cases().keySet());
        }
    }

    @Test
    void readersOfPeopleSeeNoSecret() {
        String shown = text(TableWriter.REDACTED.write(Samples.everything()));

        assertThat(shown)
                .contains("\"<redacted>\"")
                .doesNotContain("PRIVATE KEY")
                .doesNotContain("ZHVtbXktZHVtbXkt");
    }
}
