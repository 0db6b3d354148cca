package dev.moorgate.dataplane.forward.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** What a client of HTTP/2 gets from an upstream of HTTP/1.1 (RFC 9113 8). */
class Http2ExchangeTest {
    @Test
    void requestsAndAnswersPassWithTheirFields() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Reply: yes\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\nhello");
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 3; i++) {
                var answer = client.get("/a?b=c", "cookie: a=1", "cookie: b=2", "x-ask: 1");
                assertThat(answer.body()).isEqualTo("hello");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.fields())
                        .contains("content-length: 5\n", "x-reply: yes\n")
                        .doesNotContain("connection", "x-hop", "transfer-encoding");
            }
            assertThat(upstream.connections()).isEqualTo(1);
            assertThat(upstream.requests().getFirst())
                    .startsWith("GET /a?b=c HTTP/1.1\r\n")
                    .containsIgnoringCase("host: test.example\r\n")
                    .contains("cookie: a=1; b=2\r\n", "x-ask: 1\r\n")
                    .containsIgnoringCase("x-forwarded-proto: http\r\n");
            assertThat(proxy.exchange(1).status()).isEqualTo(200);
            assertThat(proxy.exchange(1).bytesOut()).isEqualTo(5);
        }
    }

    @Test
    void streamsAreServedBesideEachOther() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (true) {
                        String head = connection.readRequest();
                        if (head == null) {
                            return;
                        }
                        if (head.startsWith("GET /slow")) {
                            answer.await();
                        }
                        connection.answer(head.substring(0, 9));
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var slow = client.get("/slow");
            List<Http2TestClient.Answer> quick = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                quick.add(client.get("/fast"));
            }
            for (var each : quick) {
                assertThat(each.body()).isEqualTo("GET /fast");
            }
            assertThat(slow.isWhole()).isFalse();
            answer.countDown();
            assertThat(slow.body()).isEqualTo("GET /slow");
        }
    }

    @Test
    void contentOfUnknownLengthGoesOnInChunksAndTrailersWithIt() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.readChunked());
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/", "trailer: x-sum", "te: trailers");
            answer.send("hello", false);
            Await.until("the head", () -> upstream.requests().size() == 1);
            answer.send(" world", false);
            answer.trail("x-sum: 7", "x-other: 8");
            assertThat(answer.body().replaceAll("\r\n(?=[0-9a-f]+\r\n)", "\r\n"))
                    .startsWith("5\r\nhello\r\n")
                    .endsWith("0\r\nx-sum: 7\r\n\r\n")
                    .contains(" world")
                    .doesNotContain("x-other");
            assertThat(upstream.requests().getFirst())
                    .contains("Transfer-Encoding: chunked\r\n", "TE: trailers\r\n", "Connection: TE\r\n");
        }
    }

    @Test
    void contentOfKnownLengthKeepsIt() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.read(11));
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/", "content-length: 11");
            answer.send("hello", false).send(" world", true);
            assertThat(answer.body()).isEqualTo("hello world");
            assertThat(upstream.requests().getFirst())
                    .contains("content-length: 11\r\n")
                    .doesNotContain("Transfer-Encoding");
            assertThat(proxy.exchange(1).bytesIn()).isEqualTo(11);
        }
    }

    @Test
    void chunksOfAnAnswerAreTakenOffAndItsTrailersPass() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                                + "2\r\nhi\r\n6\r\n there!\r\n0\r\nX-Sum: 1\r\n\r\n"
                                        .replace("6\r\n there!", "7\r\n there!"));
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 2; i++) {
                var answer = client.get("/");
                assertThat(answer.body()).isEqualTo("hi there!");
                assertThat(answer.trailers()).isEqualTo("x-sum: 1\n");
                assertThat(answer.fields()).doesNotContain("transfer-encoding");
            }
        }
    }

    @Test
    void anAnswerThatEndsByCloseEndsTheStream() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("until the end");
            assertThat(client.get("/").body()).isEqualTo("until the end");
        }
    }

    @Test
    void answersWithoutContentEndWithTheirHead() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (true) {
                        String head = connection.readRequest();
                        if (head == null) {
                            return;
                        }
                        connection.send(
                                head.startsWith("HEAD")
                                        ? "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
                                        : "HTTP/1.1 204 No Content\r\n\r\n");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var head = client.request("HEAD", "/", true);
            assertThat(head.body()).isEmpty();
            assertThat(head.fields()).contains("content-length: 7\n");
            assertThat(client.get("/").status()).isEqualTo(204);
        }
    }

    @Test
    void interimAnswersPass() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
                    connection.answer(connection.read(2));
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/", "expect: 100-continue", "content-length: 2");
            client.await("both", () -> answer.interim().size() == 2);
            assertThat(answer.interim()).containsExactly(103, 100);
            answer.send("ok", true);
            assertThat(answer.body()).isEqualTo("ok");
        }
    }

    @Test
    void aWebSocketIsTunnelledToAnUpgrade() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send(ScriptedUpstream.switched(connection.readRequestHead()));
                    connection.send("<" + connection.read(5) + ">");
                    connection.awaitEnd();
                    connection.send("bye");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var socket = client.tunnel("/chat");
            socket.send("early", false);
            assertThat(socket.status()).isEqualTo(200);
            assertThat(socket.fields()).doesNotContain("upgrade", "connection", "sec-websocket-accept");
            socket.awaitSize(7);
            socket.send("", true);
            assertThat(socket.body()).isEqualTo("<early>bye");
            assertThat(upstream.requests().getFirst())
                    .startsWith("GET /chat HTTP/1.1\r\n")
                    .contains("Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Key: ");
            assertThat(proxy.exchange(1).status()).isEqualTo(200);
        }
    }

    static final List<Arguments> LIES = List.of(
            argumentSet("no proof", lie(right -> "")),
            argumentSet("any proof", lie(right -> "Sec-WebSocket-Accept: x\r\n")),
            argumentSet("proof of another key", lie(right -> "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")),
            argumentSet("proof in other letters", lie(right -> right.toUpperCase(Locale.ROOT))),
            argumentSet("proof twice", lie(right -> right + right)));

    /** A 101 with another line in the place of the right one. */
    private static UnaryOperator<String> lie(UnaryOperator<String> line) {
        return request -> {
            String switched = ScriptedUpstream.switched(request);
            int start = switched.indexOf("Sec-WebSocket-Accept");
            return switched.substring(0, start) + line.apply(switched.substring(start, switched.length() - 2)) + "\r\n";
        };
    }

    @ParameterizedTest
    @FieldSource("LIES")
    void a101ThatDoesNotProveTheKeyOfTheProxyIs502(UnaryOperator<String> answer) {
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    String request = connection.readRequestHead();
                    if (number == 1) {
                        connection.send(answer.apply(request) + "poison");
                        connection.stall();
                    } else {
                        connection.answer("sound");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var socket = client.tunnel("/chat");
            assertThat(socket.status()).isEqualTo(502);
            assertThat(socket.body()).contains("malformed_response").doesNotContain("poison");
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MALFORMED_RESPONSE);
            assertThat(proxy.exchange(1).detail()).isEqualTo("101 that does not prove the key");
            Await.until("its connection to be closed", () -> upstream.openConnections() == 0);
            assertThat(client.get("/").body()).isEqualTo("sound");
        }
    }

    @Test
    void theKeyOfAWebSocketIsTheProxysOwnAndNewEachTime() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send(ScriptedUpstream.switched(connection.readRequestHead()));
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.tunnel("/chat").status()).isEqualTo(200);
            // RFC 8441 5: it means nothing here
            var given = client.tunnel("/chat", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            assertThat(given.status()).isEqualTo(200);

            List<String> keys = upstream.requests().stream()
                    .flatMap(String::lines)
                    .filter(line -> line.regionMatches(true, 0, "sec-websocket-key: ", 0, 19))
                    .map(line -> line.substring(19))
                    .toList();
            assertThat(keys).hasSize(2).doesNotHaveDuplicates().doesNotContain("dGhlIHNhbXBsZSBub25jZQ==");
            assertThat(keys)
                    .allSatisfy(
                            key -> assertThat(Base64.getDecoder().decode(key)).hasSize(16));
        }
    }

    @Test
    void aSlowClientHoldsUpItsOwnStreamOnly() {
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (true) {
                        String head = connection.readRequest();
                        if (head == null) {
                            return;
                        }
                        if (!head.startsWith("GET /large")) {
                            connection.answer("small");
                            continue;
                        }
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + (32 << 20) + "\r\n\r\n");
                        byte[] piece = new byte[1 << 16];
                        for (int i = 0; i < (32 << 20) / piece.length; i++) {
                            connection.send(piece);
                            sent.addAndGet(piece.length);
                        }
                    }
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream));
                var client = Http2TestClient.to(proxy).withoutCredit()) {
            var large = client.get("/large");
            large.awaitSize(64 << 10);
            Await.until("the window to be full", () -> large.size() == 64 << 10 && sent.get() > 64 << 10);
            assertThat(client.get("/").body()).isEqualTo("small");
            assertThat(proxy.bufferBytes()).isLessThan(1 << 20);
            assertThat(sent.get()).isLessThan(32 << 20);
            large.cancel();
            Await.until("the upstream to be let go", () -> proxy.underWay() == 0);
        }
    }

    @Test
    void aSlowUpstreamHoldsUpTheClient() {
        var read = new CountDownLatch(1);
        int size = 16 << 20;
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    read.await();
                    connection.readBytes(size);
                    connection.answer("all");
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/", "content-length: " + size);
            answer.send(new byte[size], true);
            client.await("what the proxy and the sockets hold", () -> answer.waiting() < size - (64 << 10));
            assertThat(client.session().isWaiting()).isTrue();
            assertThat(proxy.bufferBytes()).isLessThan(2 << 20);
            read.countDown();
            assertThat(answer.body()).isEqualTo("all");
        }
    }

    @Test
    void aCancelledRequestIsCalledOffAtTheUpstream() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var answer = client.get("/");
            Await.until("the request", () -> upstream.requests().size() == 1);
            answer.cancel();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
            Await.until("the upstream's connection to end", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void anAnswerThatBreaksOffResetsItsStreamOnly() {
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequest();
                    if (number == 1) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    } else {
                        connection.answer("whole");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var broken = client.get("/");
            assertThat(broken.awaitReset()).isEqualTo(Http2Error.INTERNAL_ERROR);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.RESPONSE_INCOMPLETE);
            assertThat(client.get("/").body()).isEqualTo("whole");
        }
    }
}
