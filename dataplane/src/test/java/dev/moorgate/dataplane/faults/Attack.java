package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/**
 * A proxy of its own with one upstream that answers each request with the request's target, so that an answer that went
 * astray shows, and that keeps every byte of what it got. Text is ISO 8859-1.
 */
@SuppressWarnings("JdkObsolete") // StringBuffer: written by the upstream's thread, read by the test's
final class Attack implements AutoCloseable {
    final ScriptedUpstream upstream;
    final ProxyUnderTest proxy;

    private final List<StringBuffer> contents = new CopyOnWriteArrayList<>();

    Attack() {
        this(setup -> setup);
    }

    Attack(UnaryOperator<Setup> change) {
        upstream = ScriptedUpstream.running((connection, _) -> serve(connection));
        proxy = ProxyUnderTest.start(change.apply(Setup.to(upstream)));
    }

    private void serve(ScriptedUpstream.Connection connection) throws Exception {
        for (String head = connection.readRequestHead(); head != null; head = connection.readRequestHead()) {
            var content = new StringBuffer();
            contents.add(content);
            if (!readContent(connection, head.toLowerCase(Locale.ROOT), content)) {
                return;
            }
            connection.answer(head.split(" ", 3)[1]);
        }
    }

    /** False: the connection ended before the content did. */
    private static boolean readContent(ScriptedUpstream.Connection connection, String head, StringBuffer content)
            throws Exception {
        int length = head.indexOf("\r\ncontent-length: ");
        boolean chunked = head.contains("\r\ntransfer-encoding: chunked\r\n");
        int left = length < 0 ? 0 : Integer.parseInt(head.substring(length + 18, head.indexOf("\r\n", length + 2)));
        while (chunked ? !endsWhole(content) : content.length() < left) {
            int octet = connection.socket().getInputStream().read();
            if (octet < 0) {
                return false;
            }
            content.append((char) octet);
        }
        return true;
    }

    /** Looks at all of it only where it can be the end. */
    private static boolean endsWhole(StringBuffer content) {
        int length = content.length();
        return length >= 5 && content.indexOf("\r\n\r\n", length - 4) >= 0 && isWhole(content.toString());
    }

    /** Whether chunked content is whole, read as strictly as RFC 9112 7.1 is written. */
    static boolean isWhole(String content) {
        int at = 0;
        while (true) {
            int line = content.indexOf("\r\n", at);
            if (line < 0) {
                return false;
            }
            String size = content.substring(at, line);
            assertThat(size).as("chunk size at the upstream").matches("[0-9a-fA-F]{1,16}");
            long bytes = Long.parseUnsignedLong(size, 16);
            at = line + 2;
            if (bytes == 0) {
                return content.startsWith("\r\n", at) || content.indexOf("\r\n\r\n", at) >= 0;
            }
            if (bytes > content.length() - at - 2) {
                return false;
            }
            at += (int) bytes + 2;
            assertThat(content.substring(at - 2, at))
                    .as("end of chunk at the upstream")
                    .isEqualTo("\r\n");
        }
    }

    /** Content of the requests at the upstream so far, as received. */
    List<String> contents() {
        return contents.stream().map(StringBuffer::toString).toList();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * The bytes are answered once, with this status and the end of the connection; none of them reach the upstream, and the
     * next client gets its own answer.
     */
    void refuses(String hostile, int status, ProxyFailure reason, String detail) {
        try (var client = proxy.connect()) {
            client.trySend(bytes(hostile));
            answersAndCloses(client, status);
        }
        var told = proxy.exchange(1);
        assertThat(told.status()).isEqualTo(status);
        assertThat(told.reason()).isEqualTo(reason);
        assertThat(told.detail()).isEqualTo(detail);
        servesOthers();
        assertThat(upstream.connections()).as("connections to the upstream").isEqualTo(1);
        assertThat(upstream.requests()).singleElement().asString().startsWith("GET /good HTTP/1.1\r\n");
    }

    static void answersAndCloses(RawClient client, int status) {
        Answer answer = client.readAnswer();
        assertThat(answer.status()).as(answer.head()).isEqualTo(status);
        assertThat(answer.field("Connection")).isEqualTo("close");
        assertThat(client.readToEnd()).as("behind the one answer").isEmpty();
    }

    /** A good request on a fresh connection. */
    void servesOthers() {
        try (var good = proxy.connect()) {
            Answer answer = good.get("/good");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("/good");
        }
    }

    /** What the upstream got of the first request was not whole, its connection is closed, and others are served. */
    void upstreamWasCutOff() {
        Await.until("the upstream's connection to end", () -> upstream.openConnections() == 0);
        Await.until("the pool to be empty", () -> proxy.openUpstreams() == 0);
        servesOthers();
        assertThat(upstream.connections()).isEqualTo(2);
        assertThat(upstream.requests()).hasSize(2).last().asString().startsWith("GET /good ");
    }

    void awaitAtUpstream(String content) {
        Await.until(
                "the upstream to have got " + content,
                () -> contents().size() == 1 && contents().getFirst().equals(content));
    }

    @Override
    public void close() {
        proxy.close();
        upstream.close();
    }
}
