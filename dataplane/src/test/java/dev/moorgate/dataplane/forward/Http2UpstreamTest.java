package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Protocol;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Clients of HTTP/1.1, endpoints of HTTP/2: messages mapped as RFC 9113 8 asks, streams shared, faults told apart (E9, E10). */
class Http2UpstreamTest {
    private static ProxyUnderTest proxy(Http2Upstream... upstreams) {
        int[] ports = new int[upstreams.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = upstreams[i].port();
        }
        return ProxyUnderTest.start(Setup.toPorts(ports).protocol(Protocol.H2C));
    }

    @Test
    void aRequestWithContentIsAStreamAndItsAnswerIsHttp11Again() {
        try (var upstream = Http2Upstream.running(
                        call -> call.head(201, false, "x-up", "1").data("got " + call.content(), true));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            client.sendHead(
                    "PUT /a?b HTTP/1.1",
                    "Host: shop:8080",
                    "Content-Length: 3",
                    "Connection: keep-alive, X-Hop",
                    "X-Hop: 1");
            client.send("abc");
            var answer = client.readAnswer();

            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.body()).isEqualTo("got abc");
            assertThat(answer.field("x-up")).isEqualTo("1");
            var call = upstream.calls().getFirst();
            assertThat(call.field(":method")).isEqualTo("PUT");
            assertThat(call.field(":path")).isEqualTo("/a?b");
            assertThat(call.field(":scheme")).isEqualTo("http");
            assertThat(call.field(":authority")).isEqualTo("shop:8080");
            assertThat(call.field("x-forwarded-for")).isEqualTo("127.0.0.1");
            assertThat(call.names()).doesNotContain("host", "connection", "x-hop", "keep-alive", "transfer-encoding");
        }
    }

    @Test
    void chunksAndTrailersBecomeDataAndTrailersBothWays() {
        try (var upstream = Http2Upstream.running(call -> call.head(200, false, "trailer", "x-out")
                        .data(call.content(), false)
                        .trailers("x-out", "2"));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            client.sendHead(
                    "POST / HTTP/1.1",
                    "Host: h",
                    "Transfer-Encoding: chunked",
                    "TE: trailers",
                    "Connection: TE",
                    "Trailer: x-in");
            client.send("3\r\nabc\r\n2\r\nde\r\n0\r\nx-in: 1\r\n\r\n");
            var answer = client.readAnswer();

            assertThat(answer.body()).isEqualTo("abcde");
            assertThat(answer.trailers()).contains("x-out: 2");
            assertThat(upstream.calls().getFirst().trailer("x-in")).isEqualTo("1");
            assertThat(upstream.calls().getFirst().field("te")).isEqualTo("trailers");
        }
    }

    @Test
    void manyClientsShareOneConnection() {
        try (var upstream = Http2Upstream.answering("here");
                var proxy = proxy(upstream)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(proxy.connect());
            }
            for (int round = 0; round < 5; round++) {
                clients.forEach(client -> client.sendHead("GET / HTTP/1.1", "Host: h"));
                clients.forEach(client -> assertThat(client.readAnswer().body()).isEqualTo("here"));
            }
            clients.forEach(RawClient::close);

            assertThat(upstream.calls()).hasSize(100);
            assertThat(upstream.connections()).isEqualTo(1);
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        }
    }

    @Test
    void aSecondConnectionOpensWhereTheFirstIsFull() {
        List<Http2Upstream.Call> held = new java.util.concurrent.CopyOnWriteArrayList<>();
        try (var upstream = Http2Upstream.narrow(2, held::add);
                var proxy = proxy(upstream)) {
            // The first answer tells that the endpoint's settings have come.
            try (var first = proxy.connect()) {
                first.sendHead("GET / HTTP/1.1", "Host: h");
                Await.until("the first call", () -> held.size() == 1);
                held.removeFirst().answer(204, "");
                assertThat(first.readAnswer().status()).isEqualTo(204);
            }
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                var client = proxy.connect();
                client.sendHead("GET / HTTP/1.1", "Host: h");
                clients.add(client);
            }
            Await.until("all calls", () -> held.size() == 6);
            held.forEach(call -> call.answer(200, "x"));
            clients.forEach(client -> assertThat(client.readAnswer().body()).isEqualTo("x"));
            clients.forEach(RawClient::close);

            assertThat(upstream.connections()).isBetween(3, 5);
            assertThat(proxy.exchanges())
                    .allSatisfy(each -> assertThat(each.reason()).isNull());
        }
    }

    @Test
    void requestsWaitForAStreamTooManyAreRefusedAndWhoLeavesMakesRoom() {
        List<Http2Upstream.Call> held = new CopyOnWriteArrayList<>();
        try (var upstream = Http2Upstream.narrow(1, held::add);
                var proxy = ProxyUnderTest.start(Setup.toPorts(upstream.port())
                        .protocol(Protocol.H2C)
                        .upstreamLimits(new Upstream.Limits(1, 2, 256, Duration.ofSeconds(60))));
                var first = proxy.connect();
                var leaves = proxy.connect();
                var stays = proxy.connect();
                var late = proxy.connect()) {
            first.sendHead("GET /settings HTTP/1.1", "Host: a");
            Await.until("the settings to be known", () -> held.size() == 1);
            held.getFirst().answer(200, "known");
            assertThat(first.readAnswer().body()).isEqualTo("known");

            first.sendHead("GET /first HTTP/1.1", "Host: a");
            Await.until("the one stream to be taken", () -> held.size() == 2);
            leaves.sendHead("GET /leaves HTTP/1.1", "Host: a");
            Await.until("one to wait", () -> proxy.waiting() == 1);
            stays.sendHead("GET /stays HTTP/1.1", "Host: a");
            Await.until("another to wait", () -> proxy.waiting() == 2);
            assertThat(late.get("/late").status()).isEqualTo(503);
            assertThat(proxy.exchange(2).reason()).isEqualTo(ProxyFailure.POOL_FULL);
            leaves.reset();
            Await.until("its place to be free", () -> proxy.waiting() == 1);

            held.get(1).answer(200, "first");
            Await.until("who stayed to be served", () -> held.size() == 3);
            held.get(2).answer(200, "stayed");
            assertThat(first.readAnswer().body()).isEqualTo("first");
            assertThat(stays.readAnswer().body()).isEqualTo("stayed");
            assertThat(held).extracting(call -> call.field(":path")).containsExactly("/settings", "/first", "/stays");
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void aStreamThatWasRefusedIsTriedAgainWhateverTheMethod() {
        AtomicInteger number = new AtomicInteger();
        try (var upstream = Http2Upstream.running(call -> {
                    if (number.incrementAndGet() == 1) {
                        call.reset(Http2Error.REFUSED_STREAM);
                    } else {
                        call.answer(200, call.content());
                    }
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: h", "Content-Length: 3");
            client.send("abc");
            assertThat(client.readAnswer().body()).isEqualTo("abc");
            assertThat(proxy.exchange(1).attempts()).isEqualTo(2);
            assertThat(proxy.exchange(1).retries()).containsExactly(ProxyFailure.UPSTREAM_RESET);
        }
    }

    @Test
    void aConnectionThatGoesAwayCostsNoRequest() {
        AtomicInteger number = new AtomicInteger();
        try (var upstream = Http2Upstream.running(call -> {
                    if (number.incrementAndGet() % 5 == 0) {
                        call.goAway();
                    }
                    call.answer(200, "ok");
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 30; i++) {
                client.sendHead("POST / HTTP/1.1", "Host: h", "Content-Length: 1");
                client.send("x");
                assertThat(client.readAnswer().status()).isEqualTo(200);
            }
            assertThat(upstream.connections()).isGreaterThan(3);
            Await.until("the old connections to end", () -> proxy.openUpstreams() <= 2);
        }
    }

    @Test
    void aLostConnectionIsTriedAgainWhereTheMethodAllows() {
        AtomicInteger number = new AtomicInteger();
        try (var upstream = Http2Upstream.running(call -> {
                    if (number.incrementAndGet() % 2 == 0) {
                        call.cut();
                    } else {
                        call.answer(200, "ok");
                    }
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            client.sendHead("POST / HTTP/1.1", "Host: h", "Content-Length: 1");
            client.send("x");
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("reason: upstream_reset");
        }
    }

    @Test
    void aResetInTheMiddleCutsTheClient() {
        try (var upstream = Http2Upstream.running(call -> {
                    call.head(200, false, "content-length", "10").data("abc", false);
                    call.reset(Http2Error.INTERNAL_ERROR);
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: h");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            client.awaitEnd();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.RESPONSE_INCOMPLETE);
        }
    }

    @Test
    void anAnswerThatLiesAboutItsLengthIsCut() {
        try (var upstream = Http2Upstream.running(
                        call -> call.head(200, false, "content-length", "2").data("abc", true));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: h");
            client.awaitEnd();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MALFORMED_RESPONSE);
            assertThat(proxy.exchange(1).detail()).contains("protocol_error");
        }
    }

    @Test
    void tooManyInterimAnswersAre502() {
        try (var upstream = Http2Upstream.running(call -> {
                    for (int i = 0; i < 40; i++) {
                        call.head(103, false, "link", "x");
                    }
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: h");
            Await.until("the exchange to end", () -> !proxy.exchanges().isEmpty());
            assertThat(proxy.exchange(1).status()).isEqualTo(502);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MALFORMED_RESPONSE);
        }
    }

    @Test
    void aClientThatGoesAwayCancelsItsStreamAlone() {
        try (var upstream = Http2Upstream.running(call -> {
                    if ("/stays".equals(call.field(":path"))) {
                        call.answer(200, "ok");
                    }
                });
                var proxy = proxy(upstream);
                var stays = proxy.connect()) {
            try (var client = proxy.connect()) {
                client.sendHead("GET /goes HTTP/1.1", "Host: h");
                Await.until("the call", () -> upstream.calls().size() == 1);
                client.reset();
            }
            Await.until("the reset", () -> upstream.resets().contains(Http2Error.CANCEL.code()));
            assertThat(stays.get("/stays").body()).isEqualTo("ok");
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void anEndpointThatSpeaksHttp11Is502() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).protocol(Protocol.H2C));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(502);
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        }
    }

    @Test
    void anEndpointThatRefusesConnectionsIsLeftForAnother() {
        try (var upstream = Http2Upstream.answering("here");
                var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort(), upstream.port())
                        .protocol(Protocol.H2C));
                var client = proxy.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").body()).isEqualTo("here");
            }
            assertThat(proxy.exchanges())
                    .anySatisfy(each -> assertThat(each.retries()).containsExactly(ProxyFailure.CONNECT_REFUSED));
        }
    }

    @Test
    void aConnectionWithoutStreamsEndsAndASilentOneIsAskedAndGivenUp() {
        try (var upstream = Http2Upstream.answering("here");
                var silent = ScriptedUpstream.running((connection, _) -> connection.stall());
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("here");
            assertThat(proxy.openUpstreams()).isEqualTo(1);
            proxy.clock()
                    .advanceUntil(
                            "the idle connection to end", Duration.ofSeconds(5), () -> proxy.openUpstreams() == 0);

            proxy.install(Setup.to(silent).protocol(Protocol.H2C));
            var another = proxy.connect();
            another.sendHead("GET /silent HTTP/1.1", "Host: h");
            Await.until("the connection", () -> silent.connections() == 1);
            proxy.clock()
                    .advanceUntil(
                            "the silent one to be given up",
                            Duration.ofSeconds(1),
                            () -> silent.openConnections() < silent.connections());
            another.close();
        }
    }

    @Test
    void aClientThatDoesNotReadStopsItsStreamAndNoOther() {
        String much = "0123456789abcdef".repeat(1 << 14);
        AtomicInteger sent = new AtomicInteger();
        try (var upstream = Http2Upstream.running(call -> {
                    if ("/small".equals(call.field(":path"))) {
                        call.answer(200, "ok");
                        return;
                    }
                    call.head(200, false);
                    for (int i = 0; i < 40; i++) {
                        call.data(much, i == 39);
                        sent.incrementAndGet();
                    }
                });
                var proxy = proxy(upstream)) {
            proxy.shrinkClientBuffers();
            try (var slow = proxy.connect();
                    var quick = proxy.connect()) {
                slow.sendHead("GET /much HTTP/1.1", "Host: h");
                Await.until("the answer to begin", () -> sent.get() == 40);
                for (int i = 0; i < 20; i++) {
                    assertThat(quick.get("/small").body()).isEqualTo("ok");
                }
                assertThat(proxy.exchanges()).hasSize(20);
                assertThat(slow.readAnswer().body()).hasSize(40 * much.length());
                assertThat(upstream.connections()).isEqualTo(1);
            }
        }
    }
}
