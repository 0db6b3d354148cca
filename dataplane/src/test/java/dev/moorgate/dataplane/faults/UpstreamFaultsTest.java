package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** F2 to F12: an upstream that lies, breaks off or says too much harms the request it was asked, and no other. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class UpstreamFaultsTest {
    private static final RoutePolicy.Retry NO_RETRY = new RoutePolicy.Retry(
            0, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RoutePolicy.RetryBudget.STANDARD);
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String POISON = OK + "Content-Length: 6\r\n\r\npoison";

    /** Says {@code first} to the first request that reaches it, and answers each further one with its target. */
    private static ScriptedUpstream onceSaying(String first) {
        var asked = new AtomicInteger();
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                if (asked.incrementAndGet() == 1) {
                    connection.trySend(Attack.bytes(first));
                } else {
                    connection.answer(head.split(" ", 3)[1]);
                }
            }
        });
    }

    private static void servesOthers(ProxyUnderTest proxy, ScriptedUpstream upstream) {
        Await.until("the first connection to be dropped", () -> upstream.openConnections() == 0);
        try (RawClient good = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(good.get("/good" + i).body()).isEqualTo("/good" + i);
            }
        }
        assertThat(upstream.connections()).isEqualTo(2);
    }

    static final List<Arguments> LIES = List.of(
            fields("F5 length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
            fields("F5 two lengths", "Content-Length: 5\r\nContent-Length: 6"),
            fields("F5 list of lengths", "Content-Length: 5, 6"),
            fields("F5 negative length", "Content-Length: -5"),
            fields("F5 signed length", "Content-Length: +5"),
            fields("F5 length over 2^63", "Content-Length: 9223372036854775808"),
            fields("F5 length over 2^64", "Content-Length: 18446744073709551621"),
            fields("F5 length of letters", "Content-Length: five"),
            fields("F5 unknown coding", "Transfer-Encoding: cow"),
            fields("F5 obscured coding", "Transfer-Encoding: xchunked"),
            fields("F5 coding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            fields("F5 chunked is not the last", "Transfer-Encoding: chunked, gzip"),
            argumentSet("F5 coding in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            argumentSet(
                    "F7 101 unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            argumentSet("F7 33 interim answers", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(33) + POISON),
            argumentSet("F8 garbage", "\u0000\u0001\u0002garbage\r\n\r\n"),
            argumentSet("F8 HTTP/0.9", "<html>old</html>\r\n\r\n"),
            argumentSet("F8 no version", "HTTP 200 OK\r\n\r\n"),
            argumentSet("F8 HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 status 99", "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 status 099", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 status 600", "HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 status abc", "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 status 1000", "HTTP/1.1 1000 OK\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 status -200", "HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n"),
            argumentSet("F8 NUL in the reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"),
            fields("F8 NUL in a value", "Content-Length: 0\r\nA: b\0c"),
            fields("F8 space before the colon", "Content-Length: 0\r\nA : b"),
            fields("F8 no colon", "Content-Length: 0\r\nAbc"),
            fields("F8 400 kB head", "Content-Length: 0\r\nA: " + "b".repeat(400_000)),
            fields("F8 30,000 fields", "Content-Length: 0" + "\r\nA: b".repeat(30_000)),
            argumentSet("F8 empty line first", "\r\n" + POISON),
            argumentSet("F8 endless status line", "HTTP/1.1 200 " + "O".repeat(400_000)));

    private static Arguments fields(String row, String fields) {
        return argumentSet(row, OK + fields + "\r\n\r\n" + "hello");
    }

    @ParameterizedTest
    @FieldSource("LIES")
    void anUnintelligibleAnswerIs502AndItsConnectionIsNeverUsedAgain(String lie) {
        try (var upstream = onceSaying(lie);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/asked").status()).isEqualTo(502);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MALFORMED_RESPONSE);
            servesOthers(proxy, upstream);
        }
    }

    static final List<Arguments> EXTRA = List.of(
            argumentSet("F6 behind a length", "GET", OK + "Content-Length: 2\r\n\r\nok" + POISON, "ok"),
            argumentSet("F6 one byte behind", "GET", OK + "Content-Length: 2\r\n\r\nokX", "ok"),
            argumentSet("F6 CRLF behind", "GET", OK + "Content-Length: 2\r\n\r\nok\r\n", "ok"),
            argumentSet(
                    "F6 behind chunks",
                    "GET",
                    OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + POISON,
                    "ok"),
            argumentSet("F6 behind length 0", "GET", OK + "Content-Length: 0\r\n\r\n" + POISON, ""),
            argumentSet("F6 on 204", "GET", "HTTP/1.1 204 No Content\r\n\r\npoison", ""),
            argumentSet(
                    "F6 on 204 with a length", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison", ""),
            argumentSet("F6 on 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison", ""),
            argumentSet("F6 on HEAD", "HEAD", OK + "Content-Length: 6\r\n\r\npoison", ""),
            argumentSet("F6 chunks on HEAD", "HEAD", OK + "Transfer-Encoding: chunked\r\n\r\n1\r\nX\r\n0\r\n\r\n", ""));

    @ParameterizedTest
    @FieldSource("EXTRA")
    void whatStandsBehindAnAnswerIsNobodys(String method, String said, String body) {
        try (var upstream = onceSaying(said);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead(method + " /asked HTTP/1.1", "Host: a");
            Answer answer = client.readAnswer(method.equals("HEAD"));
            assertThat(answer.body()).isEqualTo(body);
            assertThat(client.get("/canary").body()).isEqualTo("/canary");
            Await.until("the first connection to be dropped", () -> upstream.openConnections() == 1);
            assertThat(upstream.connections()).isEqualTo(2);
        }
    }

    /** F6. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 38", "Transfer-Encoding: chunked"})
    void whatA204AnnouncesAndSaysLaterIsNobodysAnswer(String announced) {
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequest();
                    if (number == 1) {
                        connection.send("HTTP/1.1 204 No Content\r\n" + announced + "\r\n\r\n");
                        if (connection.readRequest() != null) {
                            connection.send(POISON);
                        }
                    } else {
                        connection.answer("good");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect();
                var other = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(204);
            assertThat(other.get("/").body()).isEqualTo("good");
            Await.until("the first connection to be dropped", () -> upstream.openConnections() == 0);
        }
    }

    static final List<Arguments> SMALL = List.of(
            argumentSet("F4 length", OK + "Content-Length: 5\r\n\r\nhello"),
            argumentSet("F4 chunks", OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            argumentSet(
                    "F4 interim first", "HTTP/1.1 103 Early Hints\r\n\r\n" + OK + "Content-Length: 5\r\n\r\nhello"));

    @ParameterizedTest
    @FieldSource("SMALL")
    void aResetAtAnyByteIsNeverTakenForAnEnd(String whole) {
        isNeverTakenForAnEnd(whole, true);
    }

    @ParameterizedTest
    @FieldSource("SMALL")
    void aCloseAtAnyByteIsNeverTakenForAnEnd(String whole) {
        isNeverTakenForAnEnd(whole, false);
    }

    /** One proxy for all byte positions: the number of the request is where the upstream breaks off. */
    private static void isNeverTakenForAnEnd(String whole, boolean reset) {
        int head = whole.indexOf("\r\n\r\n", whole.indexOf(OK)) + 4;
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String request = connection.readRequest();
                            request != null;
                            request = connection.readRequest()) {
                        String target = request.split(" ", 3)[1];
                        if (!target.startsWith("/cut")) {
                            connection.answer(target);
                            continue;
                        }
                        connection.send(whole.substring(0, Integer.parseInt(target.substring(4))));
                        if (reset) {
                            connection.reset();
                        }
                        return;
                    }
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).retry(NO_RETRY))) {
            for (int cut = 0; cut < whole.length(); cut++) {
                String got;
                try (var client = proxy.connect()) {
                    client.sendHead("POST /cut" + cut + " HTTP/1.1", "Host: a", "Connection: close");
                    got = everything(client);
                }
                if (cut < head) {
                    assertThat(got).as("cut at " + cut).contains("HTTP/1.1 502 ");
                } else if (!got.contains("HTTP/1.1 502 ")) {
                    assertThat(got).as("cut at " + cut).startsWith("HTTP/1.1 ").doesNotEndWith(whole.substring(head));
                }
                ProxyFailure reason = proxy.exchange(proxy.exchanges().size()).reason();
                assertThat(reason)
                        .as("cut at " + cut)
                        .isIn(ProxyFailure.UPSTREAM_RESET, ProxyFailure.RESPONSE_INCOMPLETE);
                try (var good = proxy.connect()) {
                    assertThat(good.get("/good").body()).isEqualTo("/good");
                }
            }
        }
    }

    /** All bytes up to the end, whichever it is. */
    private static String everything(RawClient client) {
        var all = new StringBuilder();
        try {
            var in = client.socket().getInputStream();
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                all.append((char) octet);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("still open behind " + all, e);
        } catch (IOException _) {
            // A reset is an end like another here.
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noneOf200GetsFailsOnAStaleConnection(boolean reset) {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head = connection.readRequest();
                    if (head != null) {
                        connection.answer(head.split(" ", 3)[1]);
                        // The next request on this connection is read and dropped: it was idle and is gone.
                        connection.readRequestHead();
                        if (reset) {
                            connection.reset();
                        }
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 200; i++) {
                Answer answer = client.get("/" + i);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("/" + i);
            }
            assertThat(proxy.exchanges()).allMatch(exchange -> exchange.status() == 200);
        }
    }

    static final List<Arguments> SLOW = List.of(
            argumentSet("F2 silence", "", ""),
            argumentSet("F3 dripping status line", "HTTP/1.1 2", "0"),
            argumentSet("F3 dripping field", OK + "A: ", "b"));

    @ParameterizedTest
    @FieldSource("SLOW")
    void anAnswerWhoseHeadTakesTooLongIs504HoweverItDrips(String begin, String drip) {
        var request = new AtomicInteger();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (request.incrementAndGet() > 1) {
                            connection.answer("fine");
                            continue;
                        }
                        connection.send(begin);
                        while (connection.trySend(Attack.bytes(drip)) && !drip.isEmpty()) {
                            LockSupport.parkNanos(20_000_000);
                        }
                        connection.stall();
                        return;
                    }
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).retry(NO_RETRY));
                var client = proxy.connect()) {
            client.sendHead("GET /slow HTTP/1.1", "Host: a");
            Await.until("the request", () -> request.get() == 1);
            proxy.clock().advance(Duration.ofSeconds(30));
            proxy.clock().advance(Duration.ofSeconds(31));
            assertThat(client.readAnswer().status()).isEqualTo(504);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.RESPONSE_TIMEOUT);
            assertThat(client.get("/next").body()).isEqualTo("fine");
            Await.until("the slow connection to end", () -> upstream.openConnections() == 1);
        }
    }

    @Test
    void earlyHintsArePassedOnAndOtherInterimAnswersAreNot() {
        try (var upstream =
                        onceSaying("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                                + OK + "Content-Length: 2\r\n\r\nok");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Answer hints = client.readAnswer(false);
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.field("Link")).isEqualTo("</a.css>");
            assertThat(client.readAnswer(false).body()).isEqualTo("ok");
        }
    }

    @Test
    void anEarlyRefusalReachesTheClientThatStillSends() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 1000000000");
            client.send("some");
            Answer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("big");
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
            while (client.trySend(new byte[8 << 10])) {
                Thread.onSpinWait();
            }
            Await.until("the client to be left", () -> proxy.openClients() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatGoesAwayCallsOffItsRequest(boolean reset) {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream)) {
            var client = proxy.connect();
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the request", () -> upstream.requests().size() == 1);
            if (reset) {
                client.reset();
            } else {
                client.close();
                // A half-closed client may wait for its answer: it is given a fifth of a second to show itself.
                proxy.clock().advance(Duration.ofMillis(900));
            }
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
        }
    }
}
