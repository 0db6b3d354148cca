package dev.moorgate.dataplane.observe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A line of the access log is one line, whatever a client sends (fault G9). */
class LogFormTest {
    private final ExchangeRecord exchange = new ExchangeRecord();

    LogFormTest() {
        exchange.listener = "ingress/80";
        exchange.route = "shop/cart/0";
        exchange.upstream = "shop/cart/8080";
        exchange.endpoint = "10.1.0.7:8080";
        exchange.tableVersion = "0000019ac2e1a400.12.3";
        exchange.method = "GET";
        exchange.host.set("shop.example.com");
        exchange.path.set("/cart/7");
        exchange.query.set("token=geheim");
        exchange.protocol = "HTTP/1.1";
        exchange.status = 200;
        exchange.bytesIn = 0;
        exchange.bytesOut = 1234567890123L;
        exchange.startEpochMillis = 1_769_860_800_007L;
        exchange.totalNanos = 12_345_678;
        exchange.firstByteNanos = 999;
        exchange.attempts = 1;
        exchange.clientAddress.set("203.0.113.9");
        exchange.requestId.set("9f2c");
        exchange.userAgent.set("curl/8");
        exchange.referer.set("https://a.example/?code=geheim");
    }

    private String line() {
        LogLine line = exchange.line;
        assertThat(line.length()).isLessThanOrEqualTo(LogLine.LIMIT);
        return new String(line.bytes(), 0, line.length(), US_ASCII);
    }

    private JsonNode json() throws IOException {
        LogForm.json(exchange, false);
        String line = line();
        assertThat(line).endsWith("}\n");
        assertThat(line.substring(0, line.length() - 1)).matches("[ -~]*");
        return new ObjectMapper().readTree(line);
    }

    @Test
    void jsonLineHoldsTheKnownFieldsInOrder() {
        LogForm.json(exchange, false);

        assertThat(line()).isEqualTo("""
                        {"time":"2026-01-31T12:00:00.007Z","method":"GET","host":"shop.example.com","path":"/cart/7",\
                        "protocol":"HTTP/1.1","status":200,"bytes_in":0,"bytes_out":1234567890123,"duration_ms":12.345,\
                        "first_byte_ms":0.000,"client":"203.0.113.9","exchange":"9f2c","listener":"ingress/80",\
                        "route":"shop/cart/0","upstream":"shop/cart/8080","endpoint":"10.1.0.7:8080",\
                        "version":"0000019ac2e1a400.12.3","user_agent":"curl/8","referer":"https://a.example/"}
                        """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop/cart/0", "", "quote\"", "back\\slash", "Müller", "a\nb"})
    void namesThatTheCountersKeepAreWrittenAsOthersAre(String route) {
        exchange.route = route;
        exchange.upstream = "long".repeat(100);
        LogForm.json(exchange, false);
        String expected = line();

        exchange.metrics = new RouteMetrics(exchange.listener, route, exchange.upstream);
        LogForm.json(exchange, false);
        assertThat(line()).isEqualTo(expected);
        LogForm.json(exchange, false);
        assertThat(line()).isEqualTo(expected);
    }

    @Test
    void countersOfAnotherUpstreamGiveNoNames() throws IOException {
        exchange.metrics = new RouteMetrics(exchange.listener, exchange.route, "");

        assertThat(json().get("upstream").asText()).isEqualTo("shop/cart/8080");
    }

    @Test
    void failureRetriesAndSessionAreTold() throws IOException {
        exchange.reason = ProxyFailure.CONNECT_REFUSED;
        exchange.detail = "connection refused";
        exchange.attempts = 3;
        exchange.retried(ProxyFailure.CONNECT_REFUSED);
        exchange.retried(ProxyFailure.UPSTREAM_RESET);
        exchange.retryRefused = RetryRefusal.ATTEMPTS_SPENT;
        exchange.sessionOutcome = "moved";

        JsonNode json = json();

        assertThat(json.get("retry_refused").asText()).isEqualTo("attempts_spent");
        assertThat(json.get("reason").asText()).isEqualTo("connect_refused");
        assertThat(json.get("detail").asText()).isEqualTo("connection refused");
        assertThat(json.get("attempts").asInt()).isEqualTo(3);
        assertThat(json.get("retries")).map(JsonNode::asText).containsExactly("connect_refused", "upstream_reset");
        assertThat(json.get("session").asText()).isEqualTo("moved");
    }

    @Test
    void whatWasCompressedIsToldWithItsSizeBefore() throws IOException {
        exchange.compressed = "zstd";
        exchange.bytesBefore = 4_000_000_000_000L;

        JsonNode json = json();

        assertThat(json.get("compressed").asText()).isEqualTo("zstd");
        assertThat(json.get("bytes_before").asLong()).isEqualTo(4_000_000_000_000L);
    }

    @Test
    void combinedLineIsApaches() {
        LogForm.combined(exchange, false);

        assertThat(line())
                .isEqualTo("203.0.113.9 - - [31/Jan/2026:12:00:00 +0000] \"GET /cart/7 HTTP/1.1\" 200 1234567890123"
                        + " \"https://a.example/\" \"curl/8\"\n");
    }

    @Test
    void queriesAreWrittenOnlyWhereAskedFor() {
        LogForm.json(exchange, false);
        assertThat(line()).doesNotContain("geheim");
        LogForm.combined(exchange, false);
        assertThat(line()).doesNotContain("geheim");
    }

    @Test
    void queriesThatAreAskedForAreWritten() {
        LogForm.json(exchange, true);
        assertThat(line()).contains("\"query\":\"token=geheim\"").contains("?code=geheim");
        LogForm.combined(exchange, true);
        assertThat(line()).contains("GET /cart/7?token=geheim HTTP/1.1").contains("?code=geheim");
    }

    @Test
    void everyOctetAtEveryPlaceIsPlainOrEscaped() {
        for (int octet = 0; octet < 256; octet++) {
            for (int place = 0; place < 20; place++) {
                byte[] path = "/0123456789abcdefghi".getBytes(US_ASCII);
                path[place] = (byte) octet;
                exchange.path.set(path, 0, path.length);
                LogForm.combined(exchange, false);

                String text = new String(path, ISO_8859_1);
                boolean isPlain = octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\';
                String written = isPlain ? text.substring(place, place + 1) : String.format("\\x%02x", octet);
                assertThat(line())
                        .contains("\"GET " + text.substring(0, place) + written + text.substring(place + 1)
                                + " HTTP/1.1\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\nb",
                "a\r\n{\"status\":500}",
                "\u0000",
                "tab\t",
                "quote\"",
                "back\\slash",
                "\u001b[31mred",
                "\u007f",
                "Müller",
                "\u202Egnp",
                "\uD83D\uDE00",
                "${jndi:ldap://x}",
                "\u2028"
            })
    void anyTextComesBackFromJson(String text) throws IOException {
        exchange.userAgent.set(text);
        exchange.path.set(text);

        assertThat(json().get("user_agent").asText()).isEqualTo(text);
        assertThat(json().get("path").asText()).isEqualTo(text);
    }

    @Test
    void octetsThatAreNotUtf8AreReadAsLatin1() throws IOException {
        byte[] octets = "xé\u0085".getBytes(ISO_8859_1);
        exchange.userAgent.set(octets, 1, octets.length);

        assertThat(json().get("user_agent").asText()).isEqualTo("é\u0085");
    }

    @Test
    void combinedLineEscapesWhatDoesNotPrint() {
        exchange.userAgent.set("a\"\n\\ü");
        LogForm.combined(exchange, false);

        assertThat(line()).endsWith(" \"a\\x22\\x0a\\x5c\\xc3\\xbc\"\n");
        assertThat(line().indexOf('\n')).isEqualTo(line().length() - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "\n", "é", "\uD83D\uDE00", "\"", "a\n", "aaaaaaaaaaaaaaaaaaaa\u0001"})
    void endlessTextsGiveAShortLineThatIsStillJson(String piece) throws IOException {
        String endless = piece.repeat(60_000 / piece.length());
        exchange.listener = endless;
        exchange.route = endless;
        exchange.upstream = endless;
        exchange.endpoint = endless;
        exchange.tableVersion = endless;
        exchange.method = endless;
        exchange.detail = endless;
        exchange.reason = ProxyFailure.MALFORMED_REQUEST;
        exchange.sessionOutcome = endless;
        for (int i = 0; i < 20; i++) {
            exchange.retried(ProxyFailure.RESPONSE_INCOMPLETE);
        }
        for (LogText text : new LogText[] {
            exchange.host,
            exchange.path,
            exchange.query,
            exchange.userAgent,
            exchange.referer,
            exchange.clientAddress,
            exchange.requestId
        }) {
            text.set(endless);
        }

        JsonNode json = json();
        LogForm.json(exchange, true);
        assertThat(new ObjectMapper().readTree(line()).get("referer").asText()).endsWith("...");
        LogForm.combined(exchange, true);
        assertThat(line()).endsWith("...\"\n").matches("[ -~]*\n");

        assertThat(json.get("path").asText()).endsWith("...");
        assertThat(json.get("referer").asText()).endsWith("...");
        assertThat(json.get("status").asInt()).isEqualTo(200);
    }

    @Test
    void textOfExactlyItsShareIsWhole() throws IOException {
        exchange.path.set("/" + "p".repeat(767));
        assertThat(json().get("path").asText()).hasSize(768);
        exchange.path.set("/" + "p".repeat(768));
        assertThat(json().get("path").asText()).hasSize(768).endsWith("pp...");
    }

    @Test
    void emptyExchangeIsALineToo() throws IOException {
        exchange.reset();

        assertThat(json().get("time").asText()).isEqualTo("1970-01-01T00:00:00.000Z");
        LogForm.combined(exchange, false);
        assertThat(line()).isEqualTo("- - - [01/Jan/1970:00:00:00 +0000] \"- - -\" 0 0 \"-\" \"-\"\n");
    }

    @Test
    void timeMovesWithTheClock() throws IOException {
        assertThat(json().get("time").asText()).isEqualTo("2026-01-31T12:00:00.007Z");
        exchange.startEpochMillis += 59_992;
        assertThat(json().get("time").asText()).isEqualTo("2026-01-31T12:00:59.999Z");
        exchange.startEpochMillis -= 60_000;
        assertThat(json().get("time").asText()).isEqualTo("2026-01-31T11:59:59.999Z");
    }

    @Test
    void byteSlicesAreWrittenAsTheyCameIn() throws IOException {
        byte[] head = "GET /a/b HTTP/1.1".getBytes(UTF_8);
        exchange.path.set(head, 4, 8);

        assertThat(json().get("path").asText()).isEqualTo("/a/b");
    }
}
