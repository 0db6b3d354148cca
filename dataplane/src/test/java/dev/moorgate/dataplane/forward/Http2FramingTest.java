package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream.Protocol;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An answer of HTTP/2 that ends with its head has no length in a field; a client of HTTP/1.1 needs one (RFC 9112 6.3). */
class Http2FramingTest {
    @ParameterizedTest(name = "{1} to {0}")
    @CsvSource({"GET, 200, 0", "POST, 401, 0", "GET, 204,", "GET, 304,", "HEAD, 200,"})
    void anAnswerWithoutContentEndsForAClientOfHttp11(String method, int status, String length) {
        try (var upstream = Http2Upstream.running(call -> call.head(status, true));
                var proxy = ProxyUnderTest.start(Setup.toPorts(upstream.port()).protocol(Protocol.H2C));
                var client = proxy.connect()) {
            for (int i = 0; i < 2; i++) {
                client.sendHead(method + " / HTTP/1.1", "Host: h");
                var answer = client.readAnswer(method.equals("HEAD"));
                assertThat(answer.status()).isEqualTo(status);
                assertThat(answer.has("Content-Length")).isEqualTo(length != null);
                assertThat(answer.has("Transfer-Encoding")).isFalse();
                assertThat(answer.body()).isEmpty();
                if (length != null) {
                    assertThat(answer.field("Content-Length")).isEqualTo(length);
                }
            }
        }
    }
}
