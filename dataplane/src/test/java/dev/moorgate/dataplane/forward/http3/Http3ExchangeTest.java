package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import org.junit.jupiter.api.Test;

/** Requests of HTTP/3 are forwarded as every other. */
class Http3ExchangeTest {

    private static Setup to(ScriptedUpstream upstream) {
        return Setup.to(upstream).settings(Http3Gate.silent());
    }

    @Test
    void aRequestIsForwardedAndAnswered() {
        try (var upstream = ScriptedUpstream.answering("hello");
                var gate = new Http3Gate(to(upstream));
                var client = gate.connect()) {
            Http3Call answer = client.get("/a?b=c", "x-mine", "1");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.field("content-length")).isEqualTo("5");
            String request = upstream.requests().getFirst();
            assertThat(request).startsWith("GET /a?b=c HTTP/1.1\r\n").contains("\r\nhost: shop.internal\r\n");
            assertThat(request).contains("\r\nx-mine: 1\r\n").doesNotContain("Transfer-Encoding");
        }
    }
}
