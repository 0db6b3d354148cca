package dev.moorgate.dataplane.faults.endpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.houserules.Callers;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Compressed content is bytes like others, and never opened: a bomb costs what it weighs (fault F17). */
class DecompressionBombTest {
    private static final int OPENED = 64 << 20;
    private static final String BOMB = bomb();

    private static final Pattern OPENS = Pattern.compile(
            "java\\.util\\.zip\\.(Inflater|GZIPInput|ZipInput|ZipFile).*|io\\.netty\\.handler\\.codec\\.compression\\..*"
                    + "|com\\.github\\.luben\\.zstd\\..*([Dd]ecompress|Input).*"
                    + "|com\\.aayushatharva\\.brotli4j\\.(decoder\\..*|.*([Dd]ecompress|Input).*)");

    private static String bomb() {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            var zeros = new byte[1 << 20];
            for (int i = 0; i < OPENED; i += zeros.length) {
                gzip.write(zeros);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(ISO_8859_1);
    }

    /** A policy by which answers of this type are compressed. */
    private static Setup compressing(ScriptedUpstream upstream) {
        return Setup.to(upstream)
                .compression(new Compression(
                        List.of(Compression.Algorithm.values()),
                        Compression.Level.BALANCED,
                        List.of("application/json", "text/*"),
                        100));
    }

    @Test
    void aBombOfAnEndpointReachesTheClientAsItCame() {
        try (var upstream = ScriptedUpstream.answeringRaw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        + "Content-Encoding: gzip\r\nContent-Length: " + BOMB.length() + "\r\n\r\n" + BOMB);
                var proxy = ProxyUnderTest.startMeasured(compressing(upstream));
                var plain = proxy.connect();
                var coding = proxy.connect();
                var http2 = Http2TestClient.to(proxy)) {
            for (RawClient client : List.of(plain, coding)) {
                client.sendHead("GET / HTTP/1.1", "Host: a", client == coding ? "Accept-Encoding: br, gzip" : "A: b");
                RawClient.Answer answer = client.readAnswer();
                assertThat(answer.body()).isEqualTo(BOMB);
                assertThat(answer.field("content-encoding")).isEqualTo("gzip");
            }
            assertThat(http2.get("/").body()).isEqualTo(BOMB);
            assertThat(proxy.exchange(3).bytesOut()).isBetween((long) BOMB.length(), BOMB.length() + 10_000L);
            assertThat(proxy.bufferBytes()).isLessThan(1 << 20);
        }
    }

    @Test
    void aBombOfAClientReachesTheEndpointAsItCameAlsoWhereTheRouteCollectsIt() {
        var got = new AtomicReference<>("");
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    got.set(connection.read(BOMB.length()));
                    connection.answer("kept");
                });
                var proxy = ProxyUnderTest.startMeasured(
                        compressing(upstream).buffering(new RoutePolicy.Buffering(true, false, 1 << 20, 0)));
                var client = proxy.connect()) {
            client.sendHead("PUT / HTTP/1.1", "Host: a", "Content-Encoding: gzip", "Content-Length: " + BOMB.length());
            client.send(BOMB);
            assertThat(client.readAnswer().body()).isEqualTo("kept");
            assertThat(got.get()).isEqualTo(BOMB);
            assertThat(upstream.requests().getFirst()).contains("Content-Encoding: gzip\r\n");
        }
    }

    @Test
    void nothingInTheDataPlaneCanDecompressWhatOthersSent() {
        // a page of metrics that was packed here, for who cannot unpack it; its constructor is private
        assertThat(Callers.of("dev.moorgate.dataplane", OPENS))
                .containsExactly("dev.moorgate.dataplane.control.PackedText");
    }
}
