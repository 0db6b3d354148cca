package dev.moorgate.dataplane.forward.compress;

import static dev.moorgate.dataplane.forward.compress.Pages.ask;
import static dev.moorgate.dataplane.forward.compress.Pages.decoded;
import static dev.moorgate.dataplane.forward.compress.Pages.decodedSoFar;
import static dev.moorgate.dataplane.forward.compress.Pages.get;
import static dev.moorgate.dataplane.forward.compress.Pages.page;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.compress.Coding;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.RawSocket;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Content that comes bit by bit, breaks off, or is not fetched. */
class CompressedStreamTest {
    private static final int PIECE = 64 << 10;
    private static final String CHUNKED = "Transfer-Encoding: chunked";

    private static ProxyUnderTest proxy(ScriptedUpstream upstream) {
        return ProxyUnderTest.start(Setup.to(upstream).compression(Pages.ON));
    }

    /** Content of the next chunk; empty: the last. */
    private static String chunk(RawClient client) {
        var line = new StringBuilder();
        while (!line.toString().endsWith("\r\n")) {
            line.append(client.read(1));
        }
        int size = Integer.parseInt(line.substring(0, line.length() - 2), 16);
        String content = client.read(size);
        client.read(2);
        return content;
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void whatTheEndpointSaysCanBeReadAtOnce(Coding coding) {
        var read = new CountDownLatch[] {new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1)};
        String[] said = {"first", page(50), "x"};
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(Pages.head(CHUNKED));
                    for (int i = 0; i < said.length; i++) {
                        connection.send(Pages.chunk(said[i]));
                        read[i].await();
                    }
                    connection.send("0\r\n\r\n");
                    connection.stall();
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            ask(client, "GET", coding.token());
            assertThat(client.readHead()).contains("Content-Encoding: " + coding.token());
            var coded = new StringBuilder();
            var expected = new StringBuilder();
            for (int i = 0; i < said.length; i++) {
                expected.append(said[i]);
                // as long as the endpoint waits for us nothing else can make it come
                while (!decodedSoFar(coding, coded.toString()).contentEquals(expected)) {
                    coded.append(chunk(client));
                }
                read[i].countDown();
            }
            for (String more = chunk(client); !more.isEmpty(); more = chunk(client)) {
                coded.append(more);
            }
            assertThat(decoded(coding, coded.toString())).isEqualTo(expected.toString());
        }
    }

    @Test
    void aHeadLeavesBeforeItsContentComes() {
        var read = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(Pages.head(CHUNKED));
                    read.await();
                    connection.send("0\r\n\r\n");
                    connection.stall();
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            ask(client, "GET", "gzip");
            assertThat(client.readHead()).contains("Content-Encoding: gzip");
            read.countDown();
            var coded = new StringBuilder();
            for (String more = chunk(client); !more.isEmpty(); more = chunk(client)) {
                coded.append(more);
            }
            assertThat(decoded(Coding.GZIP, coded.toString())).isEmpty();
        }
    }

    @Test
    void trailersStayButDigestsOfOtherBytesDoNot() {
        String answer = Pages.head(CHUNKED, "Trailer: X-Sum, Repr-Digest") + Pages.chunk(page(100))
                + "0\r\nX-Sum: 1\r\nRepr-Digest: sha-256=:x:\r\n\r\n";
        try (var upstream = ScriptedUpstream.answeringRaw(answer);
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            Answer coded = get(client, "gzip");
            assertThat(coded.trailers()).isEqualTo("X-Sum: 1\r\n");
            assertThat(decoded(Coding.GZIP, coded.body())).isEqualTo(page(100));
            Answer plain = get(client, "identity");
            assertThat(plain.trailers()).contains("X-Sum: 1").contains("Repr-Digest: sha-256=:x:");
        }
    }

    @Test
    void interimAnswersAndRequestsSentAheadPassBeside() {
        String answer = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Pages.whole(page(100));
        try (var upstream = ScriptedUpstream.answeringRaw(answer);
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            ask(client, "GET", "gzip");
            ask(client, "GET", "br");
            ask(client, "GET", "identity");
            assertThat(decoded(Coding.GZIP, client.readAnswer().body())).isEqualTo(page(100));
            assertThat(decoded(Coding.BROTLI, client.readAnswer().body())).isEqualTo(page(100));
            assertThat(client.readAnswer().body()).isEqualTo(page(100));
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void anAnswerThatBreaksOffNeverLooksWhole(Coding coding) {
        String page = page(300);
        var random = new Random(23);
        int rounds = 6;
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequest();
                    String head = number % 2 == 0 ? CHUNKED : "Content-Length: " + page.length();
                    String part = page.substring(0, 1 + random.nextInt(page.length() - 1));
                    connection.send(Pages.head(head) + (number % 2 == 0 ? Pages.chunk(part) : part));
                    if (number % 3 == 0) {
                        connection.reset();
                    }
                });
                var proxy = proxy(upstream)) {
            for (int i = 1; i <= rounds; i++) {
                try (var client = proxy.connect()) {
                    ask(client, "GET", coding.token());
                    RawSocket.End end = client.awaitEnd();
                    assertThat(end).isNotNull();
                }
                assertThat(proxy.exchange(i).reason()).isNotNull();
            }
            assertThat(proxy.exchanges())
                    .allSatisfy(told -> assertThat(told.reason())
                            .isIn(ProxyFailure.RESPONSE_INCOMPLETE, ProxyFailure.UPSTREAM_RESET));
            assertThat(proxy.compression().memory()).isLessThanOrEqualTo(2L << 20);
            assertThat(proxy.underWay()).isZero();
        }
    }

    @Test
    void whatCameBeforeTheBreakIsToldAndTheEndIsNot() {
        String page = page(300);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(Pages.head(CHUNKED) + Pages.chunk(page));
                });
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            ask(client, "GET", "gzip");
            client.readHead();
            String rest = client.readToEnd();
            assertThat(rest).doesNotEndWith("0\r\n\r\n");
            String coded = rest.substring(rest.indexOf("\r\n") + 2, rest.length() - 2);
            assertThat(decodedSoFar(Coding.GZIP, coded)).isEqualTo(page);
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void aClientThatGoesAwayLeavesNothingBehind(Coding coding) {
        var more = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(Pages.head(CHUNKED) + Pages.chunk(page(2000)));
                    more.await();
                    while (connection.trySend(Pages.chunk(page(500)))) {
                        Thread.onSpinWait();
                    }
                });
                var proxy = proxy(upstream)) {
            int rounds = 8;
            for (int i = 0; i < rounds; i++) {
                try (var client = proxy.connect()) {
                    ask(client, "GET", coding.token());
                    client.readHead();
                    client.readBytes(1 + i * 10);
                    client.reset();
                }
            }
            more.countDown();
            proxy.exchange(rounds);
            assertThat(proxy.exchanges()).allMatch(told -> told.reason() == ProxyFailure.CLIENT_GONE);
            Await.until("the endpoints to be let go", () -> proxy.underWay() == 0);
            // no more than what waits for work
            assertThat(proxy.compression().memory()).isLessThanOrEqualTo(4L << 20);
        }
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void aClientThatDoesNotReadStopsTheEndpointAndMemoryStaysBounded(Coding coding) {
        byte[] noise = new byte[20 << 20];
        new Random(1).nextBytes(noise);
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(Pages.head("Content-Length: " + noise.length));
                    for (int i = 0; i < noise.length; i += PIECE) {
                        connection.send(Arrays.copyOfRange(noise, i, i + PIECE));
                        sent.addAndGet(PIECE);
                    }
                    connection.stall();
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream).compression(Pages.ON))) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect()) {
                ask(client, "GET", coding.token());
                client.readHead();
                awaitStop(sent, proxy);
                assertThat(sent.get()).isLessThan(16L << 20);
                assertThat(proxy.bufferBytes()).isLessThan(2L << 20);
                assertThat(proxy.compression().memory()).isLessThanOrEqualTo(2L << 20);
                var coded = new StringBuilder();
                long most = 0;
                for (String more = chunk(client); !more.isEmpty(); more = chunk(client)) {
                    coded.append(more);
                    most = Math.max(most, proxy.bufferBytes());
                }
                assertThat(most).isLessThan(2L << 20);
                byte[] page = decoded(coding, coded.toString()).getBytes(ISO_8859_1);
                assertThat(Arrays.equals(page, noise)).isTrue();
            }
        }
    }

    private static void awaitStop(AtomicLong sum, ProxyUnderTest proxy) {
        var last = new AtomicLong(-1);
        var since = new AtomicLong(System.nanoTime());
        Await.until("the endpoint to be stopped", () -> {
            long now = sum.get();
            if (now != last.getAndSet(now)) {
                since.set(System.nanoTime());
            }
            assertThat(proxy.bufferBytes()).isLessThan(2L << 20);
            return now > 0 && System.nanoTime() - since.get() > 300_000_000L;
        });
    }

    @Test
    void answersThatAreKeptForSlowClientsAreKeptCoded() {
        String page = page(60_000);
        var done = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        connection.send(Pages.whole(page));
                        done.countDown();
                    }
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream)
                        .buffering(new RoutePolicy.Buffering(false, true, 64 << 10, 8 << 20))
                        .compression(Pages.ON));
                var client = proxy.connect()) {
            ask(client, "GET", "gzip");
            client.readHead();
            Await.until("the endpoint to be free", () -> done.getCount() == 0);
            var coded = new StringBuilder();
            for (String more = chunk(client); !more.isEmpty(); more = chunk(client)) {
                coded.append(more);
            }
            assertThat(decoded(Coding.GZIP, coded.toString())).isEqualTo(page);
            assertThat(get(client, "identity").body()).isEqualTo(page);
        }
    }
}
