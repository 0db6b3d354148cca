package dev.moorgate.dataplane.forward.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of HTTP/2 that misbehave, time, and the drain (faults B, D, F, H). */
class Http2FaultsTest {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static byte[] frame(int type, int flags, int stream, int... payload) {
        byte[] frame = new byte[9 + payload.length];
        frame[2] = (byte) payload.length;
        frame[3] = (byte) type;
        frame[4] = (byte) flags;
        frame[8] = (byte) stream;
        for (int i = 0; i < payload.length; i++) {
            frame[9 + i] = (byte) payload[i];
        }
        return frame;
    }

    private static void isStillServed(ProxyUnderTest proxy) {
        try (var good = Http2TestClient.to(proxy)) {
            assertThat(good.get("/").body()).isEqualTo("good");
        }
    }

    @Test
    void thePrefaceMayComeByteByByte() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var connection = proxy.connect()) {
            for (byte octet : PREFACE) {
                connection.send(new byte[] {octet});
            }
            connection.send(frame(4, 0, 0));
            byte[] first = connection.readBytes(9);
            assertThat(first[3]).as("SETTINGS").isEqualTo((byte) 4);
        }
    }

    @Test
    void methodsThatBeginAsThePrefaceAreHttp1() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var connection = proxy.connect()) {
            connection.send("PR");
            connection.send("OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(connection.readAnswer().body()).isEqualTo("good");
            assertThat(upstream.requests().getFirst()).startsWith("PROPFIND / HTTP/1.1\r\n");
        }
    }

    @Test
    void anUpgradeToH2cIsNotFollowed() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var connection = proxy.connect()) {
            connection.sendHead(
                    "GET / HTTP/1.1",
                    "Host: a",
                    "Connection: Upgrade, HTTP2-Settings",
                    "Upgrade: h2c",
                    "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA");
            assertThat(connection.readAnswer().body()).isEqualTo("good");
            assertThat(upstream.requests().getFirst()).doesNotContain("h2c", "HTTP2-Settings", "Upgrade");
        }
    }

    @Test
    void moreThan200ResetsEndTheConnectionAndNobodyElses() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head;
                    while ((head = connection.readRequest()) != null) {
                        if (!head.startsWith("GET /reset")) {
                            connection.answer("good");
                        }
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy);
                var good = Http2TestClient.to(proxy)) {
            assertThat(good.get("/").body()).isEqualTo("good");
            for (int i = 0; i < 210 && !client.hasEnded(); i++) {
                client.get("/reset").cancel();
            }
            client.awaitEnd();
            Await.until("the reason", () -> proxy.goneAway().equals(List.of("too many streams were reset")));
            assertThat(good.get("/").body()).isEqualTo("good");
            Await.until("all requests to be called off", () -> proxy.underWay() == 0);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "PING flood, 6, 8",
        "SETTINGS churn, 4, 0",
        "frames of unknown types, 99, 0",
        "too much empty DATA, 0, 0"
    })
    void floodsOfFramesThatServeNobodyEndTheConnection(String why, int type, int length) {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head;
                    while ((head = connection.readRequestHead()) != null) {
                        if (head.startsWith("GET")) {
                            connection.answer("good");
                        }
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            client.post("/upload");
            // one write, so that the last word is not lost to a reset for what comes behind it
            var flood = new ByteArrayOutputStream();
            for (int i = 0; i < 150; i++) {
                flood.writeBytes(frame(type, 0, type == 0 ? 1 : 0, new int[length]));
            }
            client.raw(flood.toByteArray());
            client.awaitEnd();
            Await.until("the reason", () -> proxy.goneAway().equals(List.of(why)));
            Await.until("the request to be called off", () -> proxy.underWay() == 0);
            isStillServed(proxy);
        }
    }

    @Test
    void moreStreamsThanAllowedAreRefusedAndTheOthersServed() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("good");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var connection = proxy.connect()) {
            // a client that has not read the settings yet
            var client = new Http2TestClient(connection);
            List<Http2TestClient.Answer> answers = new ArrayList<>();
            for (int i = 0; i < 105; i++) {
                answers.add(client.get("/"));
            }
            for (int i = 100; i < 105; i++) {
                assertThat(answers.get(i).awaitReset()).isEqualTo(Http2Error.REFUSED_STREAM);
            }
            answer.countDown();
            for (int i = 0; i < 100; i++) {
                assertThat(answers.get(i).body()).isEqualTo("good");
            }
        }
    }

    @Test
    void contentThatIsNotAsLongAsAnnouncedResetsTheStream() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head;
                    while ((head = connection.readRequestHead()) != null) {
                        if (head.startsWith("GET")) {
                            connection.answer("good");
                        }
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var more = client.post("/", "content-length: 3");
            more.send("four", true);
            assertThat(more.awaitReset()).isEqualTo(Http2Error.PROTOCOL_ERROR);
            var less = client.post("/", "content-length: 5");
            less.send("four", true);
            assertThat(less.awaitReset()).isEqualTo(Http2Error.PROTOCOL_ERROR);
            assertThat(client.get("/").body()).isEqualTo("good");
        }
    }

    @ParameterizedTest(name = "{0} {1} is answered with {3}")
    @CsvSource({
        "TRACE, /, x: 1, 405",
        "GET, /a/../../b, x: 1, 400",
        "GET, /%00, x: 1, 400",
        "GET, /, expect: other, 417"
    })
    void requestsThatCannotBeServedAreAnsweredOnTheirStream(String method, String path, String field, int status) {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.request(method, path, true, field).status()).isEqualTo(status);
            assertThat(proxy.exchange(1).status()).isEqualTo(status);
            assertThat(upstream.connections()).isZero();
            assertThat(client.get("/").body()).isEqualTo("good");
        }
    }

    @Test
    void aBodyOverItsLimitIsAnsweredAndTheClientIsStopped() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/");
            answer.send(new byte[2000], false);
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.isWhole()).isTrue();
            answer.send(new byte[200 << 10], false);
            assertThat(answer.awaitReset()).isEqualTo(Http2Error.NO_ERROR);
            assertThat(client.get("/").body()).isEqualTo("good");
        }
    }

    @Test
    void forwardedFieldsOfAClientAreNotBelieved() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            client.get("/", "x-forwarded-for: 1.2.3.4", "x_forwarded_for: 5.6.7.8", "forwarded: for=9.9.9.9")
                    .body();
            assertThat(upstream.requests().getFirst()).doesNotContain("1.2.3.4", "5.6.7.8", "9.9.9.9");
        }
    }

    @Test
    void aRefusedEndpointIsAnsweredOnTheStream() {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort()));
                var client = Http2TestClient.to(proxy)) {
            var answer = client.get("/");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("connect_refused");
            assertThat(answer.fields()).doesNotContain("connection");
        }
    }

    // ------------------------------------------------------------------ time

    @Test
    void anEndpointThatDoesNotAnswerIs504() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> connection.stall());
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var answer = client.get("/");
            Await.until("the request to be under way", () -> upstream.connections() == 1);
            proxy.clock()
                    .advanceUntil(
                            "the time-out",
                            Duration.ofSeconds(20),
                            () -> !proxy.exchanges().isEmpty());
            assertThat(answer.status()).isEqualTo(504);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.RESPONSE_TIMEOUT);
        }
    }

    @Test
    void anIdleConnectionIsToldAndClosed() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("good");
            proxy.clock().advance(Duration.ofSeconds(61));
            client.awaitEnd();
            assertThat(client.goAways())
                    .containsOnly(Http2Error.NO_ERROR.word())
                    .hasSize(2);
            Await.until("the connection to be counted as closed", () -> proxy.openClients() == 0);
        }
    }

    @Test
    void aHeadThatDoesNotEndEndsTheConnection() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("good");
            client.raw(frame(1, 0, 3, 0x82));
            proxy.clock().advanceUntil("the end", Duration.ofSeconds(6), () -> proxy.openClients() == 0);
            client.awaitEnd();
            assertThat(client.goAways()).containsExactly(Http2Error.ENHANCE_YOUR_CALM.word());
        }
    }

    @Test
    void aClientThatSendsOnlyThePrefaceIsClosed() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                RawClient connection = proxy.connect()) {
            connection.send(PREFACE);
            connection.readBytes(9);
            proxy.clock().advanceUntil("the end", Duration.ofSeconds(6), () -> proxy.openClients() == 0);
        }
    }

    @Test
    void aClientThatNeverReadsIsClosed() {
        var standard = RoutePolicy.Timeouts.STANDARD;
        // the route would wait: it is the connection's own limit that ends it
        var patient = new RoutePolicy.Timeouts(
                Duration.ZERO,
                Duration.ZERO,
                standard.connect(),
                standard.responseHead(),
                standard.bodyIdle(),
                Duration.ofDays(1));
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
                    connection.send(new byte[1_000_000]);
                    connection.stall();
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).timeouts(patient));
                var client = Http2TestClient.to(proxy).withoutCredit()) {
            var answer = client.get("/");
            answer.awaitSize(64 << 10);
            proxy.clock().advanceUntil("the end", Duration.ofSeconds(10), () -> proxy.openClients() == 0);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
            Await.until("the upstream to be let go", () -> proxy.underWay() == 0);
        }
    }

    // ------------------------------------------------------------------ drain

    @Test
    void aDrainTellsTheClientTwiceAndLetsItsStreamsFinish() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("good");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var open = client.get("/");
            Await.until("the request", () -> upstream.requests().size() == 1);
            proxy.forwarder().drain();
            client.await("both GOAWAYs", () -> client.goAways().size() == 2);
            assertThat(client.goAways()).containsOnly(Http2Error.NO_ERROR.word());
            answer.countDown();
            assertThat(open.body()).isEqualTo("good");
            client.awaitEnd();
        }
    }

    @Test
    void aConnectionThatComesInTheDrainIsServedAndTold() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var first = Http2TestClient.to(proxy)) {
            assertThat(first.get("/").body()).isEqualTo("good");
            proxy.forwarder().drain();
            first.awaitEnd();
            try (var late = Http2TestClient.to(proxy)) {
                assertThat(late.get("/").body()).isEqualTo("good");
                late.awaitEnd();
                assertThat(late.goAways()).isNotEmpty();
            }
        }
    }
}
