package dev.moorgate.dataplane.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moorgate.dataplane.listen.staple.Stapling;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.observe.UpstreamView;
import dev.moorgate.dataplane.observe.UpstreamView.EndpointView;
import dev.moorgate.dataplane.observe.UpstreamView.Health;
import dev.moorgate.routetable.wire.Push;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The private listeners show what is, to those who may see it, and no secret (faults G5, I21). */
class PageServerTest {
    private static final Push PUSH = WireFiles.push(7);
    private static final Stapling.View STAPLE = new Stapling.View(
            "shop/tls",
            "http://ocsp.example.com/",
            true,
            Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
            Optional.of(Instant.parse("2026-01-08T00:00:00Z")),
            Optional.empty(),
            Instant.parse("2026-01-04T12:00:00Z"));
    private static Vertx vertx;

    private final ProxyMetrics metrics = new ProxyMetrics();
    private volatile Optional<String> trouble = Optional.empty();
    private volatile Optional<String> obstacle = Optional.empty();
    private volatile Optional<TableView.Installed> installed =
            Optional.of(new TableView.Installed(PUSH.table(), PUSH.version().toString()));

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private PageServer.Sources sources() {
        var endpoint = new EndpointView(
                "uid-1/8443", "10.1.0.7:8443", Optional.of("eu-1a"), Health.EJECTED, 3, 4, "5 failures in a row");
        return new PageServer.Sources(
                () -> trouble,
                () -> obstacle,
                () -> installed,
                () -> List.of(new UpstreamView("shop/cart/8443", List.of(endpoint))),
                () -> List.of(STAPLE),
                metrics,
                "0.1.0");
    }

    private static int port(Future<HttpServer> server) {
        try {
            return server.toCompletionStage()
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS)
                    .actualPort();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private int both() {
        return port(PageServer.both(vertx, sources(), "127.0.0.1", 0));
    }

    private static String send(int port, String head) {
        return RawHttp.send(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), head, new byte[0]);
    }

    private static String get(int port, String path) {
        return send(port, "GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n");
    }

    private static JsonNode json(String response) throws IOException {
        assertThat(response).startsWith("HTTP/1.1 200 ").contains("application/json");
        return new ObjectMapper().readTree(response.substring(response.indexOf("\r\n\r\n")));
    }

    @Test
    void healthAndReadinessFollowTheirSources() {
        int port = both();
        assertThat(get(port, "/healthz")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nok\n");
        assertThat(get(port, "/readyz")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nready\n");

        trouble = Optional.of("event loop 1 is gone");
        obstacle = Optional.of("draining");

        assertThat(get(port, "/healthz")).startsWith("HTTP/1.1 503 ").endsWith("event loop 1 is gone\n");
        assertThat(get(port, "/readyz")).startsWith("HTTP/1.1 503 ").endsWith("draining\n");
    }

    @Test
    void tableIsShownWithoutItsKeys() throws IOException {
        String response = get(both(), "/table");

        JsonNode table = json(response);
        assertThat(table.at("/listeners/0/name").asText()).isEqualTo("gateway/shop/edge/443");
        assertThat(table.at("/certificates/0/key").asText()).isEqualTo("<redacted>");
        assertThat(table.at("/keyRings/0/keys/0/secret").asText()).isEqualTo("<redacted>");
        assertThat(response).doesNotContain("PRIVATE KEY").doesNotContain("ZHVtbXktZHVtbXkt");
        assertThat(response.lines().count()).isGreaterThan(100);
    }

    @Test
    void noTableIsNoPage() {
        installed = Optional.empty();
        int port = both();

        assertThat(get(port, "/table")).startsWith("HTTP/1.1 404 ");
        assertThat(get(port, "/version")).startsWith("HTTP/1.1 200 ").doesNotContain("digest");
    }

    @Test
    void upstreamsAndVersionAreShown() throws IOException {
        int port = both();

        JsonNode endpoint = json(get(port, "/upstreams")).at("/upstreams/0/endpoints/0");
        assertThat(endpoint.get("key").asText()).isEqualTo("uid-1/8443");
        assertThat(endpoint.get("state").asText()).isEqualTo("ejected");
        assertThat(endpoint.get("detail").asText()).isEqualTo("5 failures in a row");
        JsonNode staple = json(get(port, "/staples")).at("/staples/0");
        assertThat(staple.at("/certificate").asText()).isEqualTo("shop/tls");
        assertThat(staple.at("/mustStaple").asBoolean()).isTrue();
        assertThat(staple.at("/nextUpdate").asText()).isEqualTo("2026-01-08T00:00:00Z");
        assertThat(staple.has("failure")).isFalse();
        JsonNode version = json(get(port, "/version"));
        assertThat(version.get("release").asText()).isEqualTo("0.1.0");
        assertThat(version.get("table").asText()).isEqualTo("0000019ac2e1a400.7.0");
        assertThat(version.get("digest").asText()).hasSize(64);
    }

    @Test
    void metricsAreText() {
        assertThat(get(both(), "/metrics"))
                .startsWith("HTTP/1.1 200 ")
                .contains("text/plain; version=0.0.4")
                .contains("moorgate_table_routes 0.0");
    }

    private HttpResponse<byte[]> metrics(int port, String... headers) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static byte[] unpacked(byte[] packed) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    @Test
    void aLargePageOfMetricsIsTheSamePackedAndUnpacked() throws Exception {
        var exchange = new ExchangeRecord();
        for (int i = 0; i < 2_000; i++) {
            exchange.reset();
            exchange.listener = "edge/443";
            exchange.metrics = metrics.route("edge/443", "shop/route-" + i, "shop/cart/8443");
            exchange.status = 200;
            metrics.finished(exchange);
        }
        int port = both();

        HttpResponse<byte[]> plain = metrics(port);
        HttpResponse<byte[]> packed = metrics(port, "accept-encoding", "gzip");

        assertThat(plain.headers().firstValue("content-encoding")).isEmpty();
        assertThat(new String(plain.body(), StandardCharsets.UTF_8))
                .hasSizeGreaterThan(3 << 20)
                .contains("route=\"shop/route-0\"", "route=\"shop/route-1999\"")
                .endsWith("\n");
        assertThat(plain.headers().firstValueAsLong("content-length")).hasValue(plain.body().length);
        assertThat(packed.headers().firstValue("content-encoding")).hasValue("gzip");
        assertThat(packed.body()).hasSizeLessThan(plain.body().length / 10);
        assertThat(unpacked(packed.body())).isEqualTo(plain.body());
        assertThat(send(port, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n"))
                .contains("content-length: " + plain.body().length + "\r\n")
                .endsWith("\r\n\r\n");
        assertThat(send(port, "GET /metrics HTTP/1.0\r\nHost: localhost\r\n")).hasSizeGreaterThan(plain.body().length);
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, true",
        "'deflate, gzip', true",
        "'gzip;q=1.0, *;q=0.5', true",
        "GZIP ; q=0.001, true",
        "x-gzip, true",
        "gzip;q=.5, false",
        "gzip;q=0, false",
        "gzip;q=0.000, false",
        "gzipped, false",
        "'deflate, br', false",
        "identity, false",
    })
    void metricsArePackedForWhoTakesIt(String acceptEncoding, boolean isPacked) throws Exception {
        HttpResponse<byte[]> page = metrics(both(), "accept-encoding", acceptEncoding);

        assertThat(page.headers().firstValue("content-encoding"))
                .isEqualTo(isPacked ? Optional.of("gzip") : Optional.empty());
        assertThat(new String(isPacked ? unpacked(page.body()) : page.body(), StandardCharsets.UTF_8))
                .contains("moorgate_table_routes 0.0");
    }

    @Test
    void healthListenerHasNoAdminPageAndAnyHost() {
        int port = port(PageServer.health(vertx, sources(), "127.0.0.1", 0));

        assertThat(send(port, "GET /healthz HTTP/1.1\r\nHost: 10.1.2.3:9902\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(get(port, "/metrics")).startsWith("HTTP/1.1 200 ");
        for (String path : List.of("/table", "/upstreams", "/staples", "/version")) {
            assertThat(get(port, path)).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void adminListenerHasNoHealthPage() {
        int port = port(PageServer.admin(vertx, sources(), "127.0.0.1", 0));

        assertThat(get(port, "/metrics")).startsWith("HTTP/1.1 200 ");
        assertThat(get(port, "/healthz")).startsWith("HTTP/1.1 404 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:9901",
                "localhost.evil.example",
                "127.0.0.1.nip.io",
                "127.0.0.2",
                ""
            })
    void nameThatWasPointedHereIsRefused(String host) {
        int port = both();

        for (String path : List.of("/table", "/metrics", "/healthz")) {
            assertThat(send(port, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n"))
                    .doesNotStartWith("HTTP/1.1 200 ")
                    .doesNotContain("listeners");
        }
    }

    @Test
    void requestWithoutHostIsRefused() {
        assertThat(send(both(), "GET /table HTTP/1.0\r\n")).contains(" 403 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
    void nothingCanBeChanged(String method) {
        int port = both();

        assertThat(send(port, method + " /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("allow: GET, HEAD");
    }

    @Test
    void headIsTheHeadOfGet() {
        int port = both();
        String head = send(port, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n");

        assertThat(head)
                .startsWith("HTTP/1.1 200 ")
                .contains("content-length: 3\r\n")
                .endsWith("\r\n\r\n");
    }

    @Test
    void otherPathsAreNotFound() {
        assertThat(get(both(), "/")).startsWith("HTTP/1.1 404 ");
        assertThat(get(both(), "/table/")).startsWith("HTTP/1.1 404 ");
    }

    @ParameterizedTest(name = "bound to {0}, Host {1}: {2}")
    @CsvSource({
        "127.0.0.1, localhost, true",
        "127.0.0.1, LocalHost:9901, true",
        "127.0.0.1, 127.0.0.1:1, true",
        "127.0.0.1, [::1]:9901, true",
        "127.0.0.1, [::1], true",
        "127.0.0.1, 10.0.0.1, false",
        "127.0.0.1, evil.example, false",
        "127.0.0.1, [::1]evil, false",
        "127.0.0.1, localhost@evil.example, false",
        "10.0.0.1, 10.0.0.1:9901, true",
        "10.0.0.1, 10.0.0.2:9901, false",
        "fd00::1, [fd00::1]:9901, true",
        "admin.internal, admin.internal, true",
        "0.0.0.0, 192.168.7.7:9901, true",
        "'::', [fd00::7]:9901, true",
        "0.0.0.0, evil.example, false",
        "0.0.0.0, 1.2.3.4.evil.example, false",
    })
    void hostGuardAdmitsOnlyWhatCannotBeRebound(String bound, String host, boolean admitted) {
        assertThat(HostGuard.of(bound).admits(host)).isEqualTo(admitted);
    }
}
