package dev.moorgate.dataplane.forward.compress;

import static dev.moorgate.dataplane.forward.compress.Pages.decoded;
import static dev.moorgate.dataplane.forward.compress.Pages.decodedSoFar;
import static dev.moorgate.dataplane.forward.compress.Pages.page;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.compress.Coding;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressedHttp2Test {
    private static final String PAGE = page(5000);

    private static ProxyUnderTest proxy(Http2Upstream upstream) {
        return ProxyUnderTest.start(
                Setup.toPorts(upstream.port()).protocol(Upstream.Protocol.H2C).compression(Pages.ON));
    }

    private static void answer(Http2Upstream.Call call) {
        call.head(200, false, "content-type", "text/html", "content-length", "" + PAGE.length(), "etag", "\"v1\"");
        call.data(PAGE, true);
    }

    private static void assertCoded(Http2TestClient.Answer answer, Coding coding) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.fields())
                .contains("content-encoding: " + coding.token())
                .contains("vary: Accept-Encoding")
                .doesNotContain("content-length", "transfer-encoding");
        assertThat(decoded(coding, answer.body())).isEqualTo(PAGE);
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void streamsOfOneConnectionAreCodedBesideEachOther(Coding coding) {
        try (var upstream = ScriptedUpstream.answeringRaw(Pages.whole(PAGE, "ETag: \"v1\""));
                var proxy = ProxyUnderTest.start(Setup.to(upstream).compression(Pages.ON));
                var client = Http2TestClient.to(proxy)) {
            List<Http2TestClient.Answer> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(client.get("/", "Accept-Encoding: " + coding.token()));
            }
            Http2TestClient.Answer plain = client.get("/");
            for (Http2TestClient.Answer answer : answers) {
                assertCoded(answer, coding);
                assertThat(answer.fields()).contains("W/\"v1\"");
            }
            assertThat(plain.body()).isEqualTo(PAGE);
            assertThat(plain.fields())
                    .contains("vary: Accept-Encoding", "content-length: " + PAGE.length())
                    .doesNotContain("content-encoding");
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void answersOfHttp2EndpointsAreCodedForClientsOfEither(Coding coding) {
        try (var upstream = Http2Upstream.running(CompressedHttp2Test::answer);
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy);
                var old = proxy.connect()) {
            assertCoded(client.get("/", "Accept-Encoding: " + coding.token()), coding);
            RawClient.Answer answer = Pages.get(old, coding.token());
            assertThat(answer.field("content-encoding")).isEqualTo(coding.token());
            assertThat(answer.has("content-length")).isFalse();
            assertThat(decoded(coding, answer.body())).isEqualTo(PAGE);
            assertThat(proxy.exchange(2).bytesBefore()).isEqualTo(PAGE.length());
        }
    }

    @Test
    void headAndTrailersAreAsTheyShouldBe() {
        try (var upstream = Http2Upstream.running(call -> {
                    boolean toHead = "HEAD".equals(call.field(":method"));
                    call.head(200, toHead, "content-type", "text/html", "trailer", "x-sum, repr-digest");
                    if (!toHead) {
                        call.data(PAGE, false);
                        call.trailers("x-sum", "1", "repr-digest", "sha-256=:x:");
                    }
                });
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy);
                var old = proxy.connect()) {
            Http2TestClient.Answer head = client.request("HEAD", "/", true, "Accept-Encoding: gzip");
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.fields()).contains("content-encoding: gzip", "vary: Accept-Encoding");
            assertThat(head.body()).isEmpty();
            Http2TestClient.Answer answer = client.get("/", "Accept-Encoding: gzip");
            assertThat(decoded(Coding.GZIP, answer.body())).isEqualTo(PAGE);
            assertThat(answer.trailers()).contains("x-sum: 1").doesNotContain("repr-digest");
            RawClient.Answer chunked = Pages.get(old, "gzip");
            assertThat(decoded(Coding.GZIP, chunked.body())).isEqualTo(PAGE);
            assertThat(chunked.trailers()).contains("x-sum: 1").doesNotContain("repr-digest");
        }
    }

    @Test
    void whatComesInOneFrameCanBeReadAtOnce() {
        var read = new CountDownLatch(1);
        try (var upstream = Http2Upstream.running(call -> {
                    call.head(200, false, "content-type", "text/html");
                    call.data("first", false);
                    Thread.ofVirtual().start(() -> {
                        try {
                            read.await();
                            call.data(" and last", true);
                        } catch (InterruptedException e) {
                            call.cut();
                        }
                    });
                });
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy)) {
            Http2TestClient.Answer answer = client.get("/", "Accept-Encoding: zstd");
            client.await(
                    "the first word",
                    () -> decodedSoFar(Coding.ZSTD, answer.soFar()).equals("first"));
            read.countDown();
            assertThat(decoded(Coding.ZSTD, answer.body())).isEqualTo("first and last");
        }
    }

    @Test
    void anAnswerThatBreaksOffIsResetAndItsNeighbourGoesOn() {
        try (var upstream = Http2Upstream.running(call -> {
                    if ("/broken".equals(call.field(":path"))) {
                        call.head(200, false, "content-type", "text/html");
                        call.data(PAGE.substring(0, 5000), false);
                        call.reset(io.netty.handler.codec.http2.Http2Error.INTERNAL_ERROR);
                    } else {
                        answer(call);
                    }
                });
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy)) {
            Http2TestClient.Answer broken = client.get("/broken", "Accept-Encoding: br");
            Http2TestClient.Answer whole = client.get("/", "Accept-Encoding: br");
            assertThat(broken.awaitReset()).isEqualTo(Http2Error.INTERNAL_ERROR);
            assertThat(broken.isWhole()).isFalse();
            assertCoded(whole, Coding.BROTLI);
            assertThat(proxy.exchanges())
                    .filteredOn(told -> told.path().equals("/broken"))
                    .allMatch(told -> told.reason() == ProxyFailure.RESPONSE_INCOMPLETE
                            || told.reason() == ProxyFailure.UPSTREAM_RESET);
        }
    }

    @Test
    void aLengthThatTheEndpointDoesNotKeepBreaksTheAnswer() {
        try (var upstream = Http2Upstream.running(call -> {
                    call.head(200, false, "content-type", "text/html", "content-length", "5000");
                    call.data(PAGE.substring(0, 4000), true);
                });
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy)) {
            for (Coding coding : Coding.values()) {
                Http2TestClient.Answer answer = client.get("/", "Accept-Encoding: " + coding.token());
                assertThat(answer.awaitReset()).isEqualTo(Http2Error.INTERNAL_ERROR);
            }
        }
    }

    @Test
    void aStreamThatIsNotReadHoldsItselfUpAndIsCalledOffWithoutARest() {
        try (var upstream = Http2Upstream.running(call -> {
                    call.head(200, false, "content-type", "text/html");
                    call.data(noise(600_000), true);
                });
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy).withoutCredit()) {
            Http2TestClient.Answer stuck = client.get("/", "Accept-Encoding: br");
            stuck.awaitSize(60_000);
            stuck.cancel();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
            assertThat(proxy.underWay()).isZero();
            assertThat(proxy.compression().memory()).isZero();
        }
    }

    private static String noise(int size) {
        var random = new java.util.Random(2);
        var noise = new StringBuilder();
        for (int i = 0; i < size; i++) {
            noise.append((char) random.nextInt(256));
        }
        return noise.toString();
    }
}
