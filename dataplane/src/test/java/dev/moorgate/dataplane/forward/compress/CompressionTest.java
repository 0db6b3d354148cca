package dev.moorgate.dataplane.forward.compress;

import static dev.moorgate.dataplane.forward.compress.Pages.ask;
import static dev.moorgate.dataplane.forward.compress.Pages.decoded;
import static dev.moorgate.dataplane.forward.compress.Pages.get;
import static dev.moorgate.dataplane.forward.compress.Pages.page;
import static dev.moorgate.dataplane.forward.compress.Pages.whole;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.compress.Coding;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.Compression.Algorithm;
import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CompressionTest {
    private static final String PAGE = page(400);
    private static final String[] SAID = {
        "ETag: \"v1\"", "Accept-Ranges: bytes", "Repr-Digest: sha-256=:x:", "Content-MD5: x", "Digest: sha-256=x"
    };

    private static ProxyUnderTest proxy(ScriptedUpstream upstream) {
        return ProxyUnderTest.start(Setup.to(upstream).compression(Pages.ON));
    }

    private static void assertCoded(Answer answer, Coding coding) {
        assertThat(answer.field("content-encoding")).isEqualTo(coding.token());
        assertThat(answer.field("vary")).isEqualTo("Accept-Encoding");
        assertThat(answer.fields("content-length")).isEmpty();
        assertThat(answer.fields("accept-ranges")).isEmpty();
        assertThat(answer.fields("repr-digest")).isEmpty();
        assertThat(answer.fields("digest")).isEmpty();
        assertThat(answer.fields("content-md5")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void aPageArrivesSmallerAndReadsTheSame(Coding coding) {
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE, SAID));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            for (int i = 1; i <= 3; i++) {
                Answer answer = get(client, coding.token());
                assertCoded(answer, coding);
                assertThat(answer.field("etag")).isEqualTo("W/\"v1\"");
                assertThat(answer.field("transfer-encoding")).isEqualTo("chunked");
                assertThat(answer.body().length()).isLessThan(PAGE.length() / 4);
                assertThat(decoded(coding, answer.body())).isEqualTo(PAGE);
                ProxyUnderTest.Exchange told = proxy.exchange(i);
                assertThat(told.compressed()).isEqualTo(coding.token());
                assertThat(told.bytesBefore()).isEqualTo(PAGE.length());
                assertThat(told.bytesOut()).isEqualTo(answer.body().length());
            }
            assertThat(upstream.connections()).isEqualTo(1);
            assertThat(upstream.requests().getFirst()).contains("Accept-Encoding: " + coding.token());
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void itReadsTheSameHoweverItCame(Coding coding) {
        var random = new Random(17);
        String large = page(9000);
        List<String> answers = new ArrayList<>();
        for (int most : List.of(7, 900, 70_000)) {
            var chunks = new StringBuilder(Pages.head("Transfer-Encoding: chunked"));
            for (int at = 0; at < large.length(); ) {
                int end = Math.min(large.length(), at + 1 + random.nextInt(most));
                chunks.append(Pages.chunk(large.substring(at, end)));
                at = end;
            }
            answers.add(chunks + "0\r\n\r\n");
        }
        answers.add(whole(large));
        answers.add(Pages.head("Connection: close") + large);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (!answers.isEmpty() && connection.readRequest() != null) {
                        String answer = answers.removeFirst();
                        for (int at = 0; at < answer.length(); ) {
                            int end = Math.min(answer.length(), at + 1 + random.nextInt(40_000));
                            connection.send(answer.substring(at, end));
                            at = end;
                        }
                    }
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            for (int i = answers.size(); i > 0; i--) {
                Answer answer = get(client, coding.token());
                assertThat(answer.field("content-encoding")).isEqualTo(coding.token());
                assertThat(decoded(coding, answer.body())).isEqualTo(large);
            }
            assertThat(proxy.exchanges()).allMatch(exchange -> exchange.reason() == null);
        }
    }

    @Test
    void theFirstOfThePolicyIsTakenOfThoseThatTheClientLikesAsMuch() {
        var policy = new Compression(List.of(Algorithm.GZIP, Algorithm.BROTLI), Level.FAST, List.of("text/html"), 0);
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE));
                var proxy = ProxyUnderTest.start(Setup.to(upstream).compression(policy));
                var client = proxy.connect()) {
            assertThat(get(client, "br, gzip, zstd").field("content-encoding")).isEqualTo("gzip");
            assertThat(get(client, "br, gzip;q=0.9").field("content-encoding")).isEqualTo("br");
            assertThat(get(client, "zstd").fields("content-encoding")).isEmpty();
        }
    }

    static Stream<Arguments> leftAlone() {
        String page = PAGE;
        return Stream.of(
                Arguments.of("accepts nothing", "identity", whole(page), true),
                Arguments.of("accepts other codings", "deflate", whole(page), true),
                Arguments.of("sends noise", "g;zip, =;q=1, \t;;q", whole(page), true),
                Arguments.of(
                        "a page that must not be changed", "gzip", whole(page, "Cache-Control: no-transform"), false),
                Arguments.of("a page that is coded", "gzip", whole(page, "Content-Encoding: br"), false),
                Arguments.of("a short page", "gzip", whole("<p>short</p>"), false),
                Arguments.of("a picture", "gzip", whole(page).replace("text/html", "image/png"), false),
                Arguments.of("an event stream", "gzip", whole(page).replace("text/html", "text/event-stream"), false),
                Arguments.of(
                        "a part",
                        "gzip",
                        whole(page, "Content-Range: bytes 0-1/9").replace("200 OK", "206 Partial Content"),
                        false));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("leftAlone")
    void whatIsNotCodedPassesAsItCame(String what, String accepted, String answer, boolean varies) {
        String tagged = answer.replace("\r\nContent-Type", "\r\nETag: \"v1\"\r\nContent-Type");
        try (var upstream = ScriptedUpstream.answeringRaw(tagged);
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            Answer got = get(client, accepted);
            assertThat(got.fields("vary")).as(what).isEqualTo(varies ? List.of("Accept-Encoding") : List.of());
            assertThat(got.field("etag")).isEqualTo("\"v1\"");
            assertThat(got.has("content-length")).isTrue();
            assertThat(tagged).endsWith("\r\n\r\n" + got.body());
            assertThat(proxy.exchange(1).compressed()).isEmpty();
        }
    }

    @Test
    void aClientThatForbidsChangesOrKnowsNoChunksGetsThePlainPage() {
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE));
                var proxy = proxy(upstream);
                var forbidding = proxy.connect();
                var old = proxy.connect()) {
            Answer plain = get(forbidding, "gzip", "Cache-Control: no-transform");
            assertThat(plain.body()).isEqualTo(PAGE);
            assertThat(plain.field("vary")).isEqualTo("Accept-Encoding");
            old.sendHead("GET / HTTP/1.0", "Accept-Encoding: gzip");
            assertThat(old.readAnswer().body()).isEqualTo(PAGE);
        }
    }

    @Test
    void withoutAPolicyNothingIsCodedOrSaid() {
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE));
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            Answer answer = get(client, "gzip, br, zstd");
            assertThat(answer.body()).isEqualTo(PAGE);
            assertThat(answer.has("vary")).isFalse();
            assertThat(proxy.compression().memory()).isZero();
        }
    }

    @Test
    void whatVariesAlreadyVariesOnce() {
        for (String said : List.of("Origin, Accept-Encoding", "*", "Accept-Language")) {
            try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE, "Vary: " + said));
                    var proxy = proxy(upstream);
                    var client = proxy.connect()) {
                List<String> expected = new ArrayList<>(List.of(said));
                if (said.equals("Accept-Language")) {
                    expected.add("Accept-Encoding");
                }
                assertThat(get(client, "gzip").fields("vary")).containsExactlyInAnyOrderElementsOf(expected);
            }
        }
    }

    @Test
    void weakTagsStayAndWhatIsNoTagGoes() {
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE, "ETag: W/\"v1\""));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            assertThat(get(client, "gzip").field("etag")).isEqualTo("W/\"v1\"");
        }
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE, "ETag: v1"));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            assertThat(get(client, "gzip").has("etag")).isFalse();
        }
    }

    static Stream<Arguments> revalidations() {
        return Stream.of(
                Arguments.of("W/\"v1\"", "W/\"v1\""),
                Arguments.of("W/\"v0\", W/\"v1\",\"v2\"", "W/\"v1\""),
                Arguments.of("\"v1\"", "\"v1\""),
                Arguments.of("W/\"v1\", \"v1\"", "\"v1\""),
                Arguments.of("\"v0\"", "\"v1\""),
                Arguments.of("*", "\"v1\""),
                Arguments.of("W/\"v1", "\"v1\""),
                Arguments.of("\"\"\"\"W/\"v1\"", "W/\"v1\""));
    }

    @ParameterizedTest
    @MethodSource("revalidations")
    void notModifiedNamesTheTagThatTheClientHas(String asked, String told) {
        try (var upstream = ScriptedUpstream.answeringRaw("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            Answer answer = get(client, "gzip", "If-None-Match: " + asked);
            assertThat(answer.status()).isEqualTo(304);
            assertThat(answer.field("etag")).isEqualTo(told);
            assertThat(answer.has("vary")).isEqualTo(told.startsWith("W/"));
            assertThat(answer.has("content-encoding")).isFalse();
            assertThat(upstream.requests().getFirst()).contains("If-None-Match: " + asked);
        }
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource({
        "Origin, W/\"v1\", Origin & Accept-Encoding",
        "Origin, \"v1\", Origin & Accept-Encoding",
        "Origin, , Origin & Accept-Encoding",
        "'Accept-Encoding, Origin', W/\"v1\", 'Accept-Encoding, Origin'",
        "*, , *",
        ", W/\"v1\", ",
    })
    void notModifiedStillVariesByTheCoding(String said, String tag, String told) {
        String fields = (said == null ? "" : "Vary: " + said + "\r\n") + (tag == null ? "" : "ETag: " + tag + "\r\n");
        try (var upstream = ScriptedUpstream.answeringRaw("HTTP/1.1 304 Not Modified\r\n" + fields + "\r\n");
                var proxy = proxy(upstream);
                var client = proxy.connect();
                var plain = ProxyUnderTest.to(upstream);
                var other = plain.connect()) {
            Answer answer = get(client, "gzip", "If-None-Match: \"v1\"");
            assertThat(answer.status()).isEqualTo(304);
            assertThat(answer.fields("vary"))
                    .containsExactlyInAnyOrder(told == null ? new String[0] : told.split(" & ", -1));
            assertThat(answer.fields("etag")).isEqualTo(tag == null ? List.of() : List.of(tag));
            assertThat(get(other, "gzip").fields("vary")).isEqualTo(said == null ? List.of() : List.of(said));
        }
    }

    @Test
    void notModifiedVariesByTheCodingWhereTheRoutesOwnEditsMakeItVary() {
        var replaces = new Filter.ResponseHeaders(
                new HeaderEdits(List.of(new HeaderField("vary", "Origin")), List.of(), List.of()));
        var adds = new Filter.ResponseHeaders(
                new HeaderEdits(List.of(), List.of(new HeaderField("vary", "Origin")), List.of()));
        for (Filter edits : List.of(replaces, adds)) {
            try (var upstream = ScriptedUpstream.answeringRaw("HTTP/1.1 304 Not Modified\r\n\r\n");
                    var proxy = ProxyUnderTest.start(
                            Setup.to(upstream).compression(Pages.ON).filters(edits));
                    var client = proxy.connect()) {
                assertThat(get(client, "gzip").fields("vary")).containsExactlyInAnyOrder("Origin", "Accept-Encoding");
            }
        }
    }

    @Test
    void headIsToldWhatGetWouldBe() {
        String head = whole("", "ETag: \"v1\"", "Accept-Ranges: bytes").replace("Length: 0", "Length: 20000");
        try (var upstream = ScriptedUpstream.answeringRaw(head);
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            for (int i = 1; i <= 2; i++) {
                ask(client, "HEAD", "br");
                Answer answer = client.readAnswer(true);
                assertCoded(answer, Coding.BROTLI);
                assertThat(answer.field("etag")).isEqualTo("W/\"v1\"");
                assertThat(proxy.exchange(i).bytesOut()).isZero();
            }
            ask(client, "HEAD", "identity");
            Answer plain = client.readAnswer(true);
            assertThat(plain.field("content-length")).isEqualTo("20000");
            assertThat(plain.field("vary")).isEqualTo("Accept-Encoding");
            assertThat(proxy.compression().memory()).isZero();
        }
    }

    @Test
    void whatTheRoutesOwnEditsSayOfContentStands() {
        var encodes = new Filter.ResponseHeaders(
                new HeaderEdits(List.of(), List.of(new HeaderField("content-encoding", "br")), List.of()));
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE));
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).compression(Pages.ON).filters(encodes));
                var client = proxy.connect()) {
            Answer answer = get(client, "gzip");
            assertThat(answer.field("content-encoding")).isEqualTo("br");
            assertThat(answer.body()).isEqualTo(PAGE);
        }
        var replaces = new Filter.ResponseHeaders(
                new HeaderEdits(List.of(new HeaderField("vary", "Accept-Language")), List.of(), List.of("etag")));
        try (var upstream = ScriptedUpstream.answeringRaw(whole(PAGE, "Vary: Accept-Encoding", "ETag: \"v1\""));
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).compression(Pages.ON).filters(replaces));
                var client = proxy.connect()) {
            Answer answer = get(client, "gzip");
            assertThat(answer.fields("vary")).containsExactlyInAnyOrder("Accept-Language", "Accept-Encoding");
            assertThat(answer.has("etag")).isFalse();
            assertThat(decoded(Coding.GZIP, answer.body())).isEqualTo(PAGE);
        }
    }

    @Test
    void repliesOfTheProxyAreNotCoded() {
        var body = new RoutePolicy.ErrorBody(502, "text/html", PAGE);
        try (var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort())
                        .compression(Pages.ON)
                        .errorBodies(body));
                var client = proxy.connect()) {
            Answer answer = get(client, "gzip");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).isEqualTo(PAGE);
            assertThat(answer.has("content-encoding")).isFalse();
        }
    }

    @Test
    void answersStayAsTheyAreWhileCodersHaveAllTheirMemory() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(Pages.head("Transfer-Encoding: chunked") + Pages.chunk(PAGE));
                    connection.readRequest();
                });
                var proxy = proxy(upstream)) {
            var clients = new ArrayList<dev.moorgate.dataplane.kit.RawClient>();
            int coded = 0;
            int plain = 0;
            for (int i = 0; i < 40; i++) {
                var client = proxy.connect();
                clients.add(client);
                ask(client, "GET", "br");
                if (client.readHead().contains("Content-Encoding: br")) {
                    coded++;
                } else {
                    plain++;
                }
            }
            assertThat(coded).isBetween(1, 39);
            assertThat(plain).isPositive();
            clients.forEach(client -> client.reset());
            proxy.exchange(40);
            try (var client = proxy.connect()) {
                ask(client, "GET", "br");
                assertThat(client.readHead()).contains("Content-Encoding: br");
            }
        }
    }
}
