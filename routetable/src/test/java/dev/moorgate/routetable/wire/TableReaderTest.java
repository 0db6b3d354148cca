package dev.moorgate.routetable.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.moorgate.routetable.RouteTable;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not exactly the contract is refused, with the place where it is not (fault H10). */
class TableReaderTest {

    /** A table in which {@code from}, which must be there, stands as {@code to}. */
    private static byte[] edited(String from, String to) {
        String document = new String(TableWriter.WIRE.write(Samples.simple()), UTF_8);
        assertThat(document).contains(from);
        int at = document.indexOf(from);
        return (document.substring(0, at) + to + document.substring(at + from.length())).getBytes(UTF_8);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            unknown field        | "routes":[           | "routs":[             | listeners[0].virtualHosts[0].routs: is not a field of VirtualHost
            unknown at the top   | "sessions":[         | "clusters":[],"sessions":[ | clusters: is not a field of RouteTable
            missing field        | "port":80,           | ``                    | listeners[0].port: is missing
            null for a number    | "port":80            | "port":null           | listeners[0].port: must be a whole number
            null for a list      | "sessions":[]        | "sessions":null       | sessions: must be an array
            null for an optional | "virtualHosts":      | "tls":null,"virtualHosts": | listeners[0].tls: must be an object
            text for a number    | "port":80            | "port":"80"           | listeners[0].port: must be a whole number
            fraction             | "port":80            | "port":80.0           | listeners[0].port: must be a whole number
            beyond 32 bits       | "port":80            | "port":4294967376     | listeners[0].port: is out of range
            beyond 64 bits       | "memoryLimit":0      | "memoryLimit":99999999999999999999 | listeners[0].virtualHosts[0].routes[0].policy.buffering.memoryLimit: is out of range
            number for a text    | "name":"ingress/80"  | "name":80             | listeners[0].name: must be a string
            number for a flag    | "proxyStatus":false  | "proxyStatus":0       | settings.proxyStatus: must be true or false
            object for a list    | "sessions":[]        | "sessions":{}         | sessions: must be an array
            text for an object   | "settings":{         | "settings":"x","y":{  | settings: must be an object
            null in a list       | "listeners":[        | "listeners":[null,    | listeners[0]: must be an object
            unknown word         | "protocol":"HTTP"    | "protocol":"http"     | listeners[0].protocol: must be one of HTTP, HTTPS, TLS, TCP
            not a duration       | "handshake":"PT10S"  | "handshake":"10s"     | settings.limits.handshake: must be a duration of ISO 8601, such as PT2.5S
            field twice          | "port":80            | "port":80,"port":80   | listeners[0].port: stands there twice
            constructor refuses  | "port":80            | "port":0              | listeners[0]: port must be 1 to 65535, not 0
            broken reference     | "upstream":"shop/cart/8080" | "upstream":"x" | route shop/cart/0 names upstream x, which is absent
            """)
    void documentIsRefusedWithItsPlace(String name, String from, String to, String message) {
        assertThatThrownBy(() -> TableReader.routeTable(edited(from, to)))
                .isInstanceOf(WireException.class)
                .hasMessage(message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            newer format    | {"format":2,"x":1}   | format: is 2, newer than the 1 that this version reads: upgrade it first
            old format      | {"format":0}         | format: is 0, which this version does not read
            no format       | {"settings":{}}      | must begin with the field format
            format as text  | {"format":"1"}       | format: must be a whole number
            no object       | [1]                  | must be an object
            empty           | ``                   | must be an object
            cut             | {"format":1,"se      | ends too early
            no JSON         | {"format":1,nonsense | is not JSON at line 1, column 13
            not a number    | {"format":NaN}       | is not JSON at line 1, column 14
            comment         | {"format":1,/*x*/}   | is not JSON at line 1, column 13
            """)
    void documentThatIsNoTableIsRefused(String name, String document, String message) {
        assertThatThrownBy(() -> TableReader.routeTable(document.getBytes(UTF_8)))
                .isInstanceOf(WireException.class)
                .hasMessage(message);
    }

    /** During a rolling upgrade a replica of the later version reports to a leader of this one. */
    @ParameterizedTest
    @ValueSource(strings = {"ack-applied", "ack-refused", "replica", "replica-since", "census"})
    void whatALaterVersionAddsToAReportIsPassedOver(String name) throws Exception {
        String report = Files.readString(Path.of("src", "test", "resources", "wire", name + ".json"));
        String later = report.replaceAll("\\s*}", ",\"later\":{\"a\":[1,{\"b\":null}]}}");

        assertThat(report(name, later)).isEqualTo(report(name, report));
        assertThatThrownBy(() -> report(name, report.replaceFirst("\"format\" : 1", "\"format\" : 2")))
                .hasMessageStartingWith("format: is 2, newer than the 1");
        assertThatThrownBy(() -> report(name, "{\"format\":1,\"later\":1}")).hasMessageEndingWith(": is missing");
    }

    private static Record report(String name, String document) throws WireException {
        byte[] bytes = document.getBytes(UTF_8);
        return switch (name) {
            case "ack-applied", "ack-refused" -> TableReader.ack(bytes);
            case "replica", "replica-since" -> TableReader.replicaState(bytes);
            case "census" -> TableReader.sessionCensus(bytes);
            default -> throw new IllegalArgumentException(name);
        };
    }

    @Test
    void typeOfAnotherClassIsRefused() {
        String document = new String(TableWriter.WIRE.write(Samples.everything()), UTF_8);
        String changed = document.replace("\"type\":\"mirror\"", "\"type\":\"java.net.URL\"");

        WireException refusal =
                catchThrowableOfType(WireException.class, () -> TableReader.routeTable(changed.getBytes(UTF_8)));

        assertThat(refusal.path()).isEqualTo("listeners[0].virtualHosts[0].routes[0].filters[2].type");
        assertThat(refusal.reason())
                .isEqualTo("must be one of requestHeaders, responseHeaders, urlRewrite, redirect, mirror, cors,"
                        + " directResponse");
    }

    @Test
    void textBehindTheEndIsRefused() {
        byte[] document = (new String(TableWriter.WIRE.write(Samples.simple()), UTF_8) + "{}").getBytes(UTF_8);

        assertThatThrownBy(() -> TableReader.routeTable(document)).hasMessage("has text behind its end");
    }

    @Test
    void documentBeyondTheLimitIsRefusedUnread() {
        assertThatThrownBy(() -> TableReader.routeTable(new byte[TableReader.LIMIT + 1]))
                .hasMessage("the document has 52428801 bytes, more than 52428800");
    }

    @Test
    void cutDocumentIsRefused() {
        byte[] document = TableWriter.WIRE.write(Samples.everything());
        for (int length = 0; length < document.length; length += 11) {
            byte[] cut = Arrays.copyOf(document, length);
            assertThatThrownBy(() -> TableReader.routeTable(cut)).isInstanceOf(WireException.class);
        }
    }

    @Test
    void refusalNeverHoldsAKey() {
        byte[] document = new String(TableWriter.WIRE.write(Samples.everything()), UTF_8)
                .replace("\"secret\":\"ZHVt", "\"secret\":ZHVt")
                .getBytes(UTF_8);

        assertThatThrownBy(() -> TableReader.routeTable(document))
                .isInstanceOf(WireException.class)
                .satisfies(e -> assertThat(e.toString()).doesNotContain("ZHVt"));
    }

    @Test
    void tenThousandRoutesAreWrittenReadAndDigestedInTime() throws WireException {
        RouteTable table = Samples.large(10_000);
        byte[] document = TableWriter.WIRE.write(table);

        assertThat(TableReader.routeTable(document).equals(table)).isTrue();
        assertThat(document.length).isLessThan(TableReader.LIMIT / 3);
        assertInTime(() -> TableWriter.WIRE.write(table).length == document.length);
        assertInTime(() -> Digest.of(table).length() == 64);
        assertInTime(() -> {
            try {
                return TableReader.routeTable(document).equals(table);
            } catch (WireException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** CPU time, cold: a warm machine needs a tenth of the bound. */
    private static void assertInTime(BooleanSupplier work) {
        var clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        assertThat(work.getAsBoolean()).isTrue();
        assertThat(Duration.ofNanos(clock.getCurrentThreadCpuTime() - start)).isLessThan(Duration.ofSeconds(1));
    }
}
