package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InternalFaultTest {
    private static final TlsCertificate CERTIFICATE = TlsCertificate.of("shop.example");

    @Test
    void aBugOfOursIs500AndHurtsNobodyElse() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE);
                var other = proxy.connectSecured(CERTIFICATE)) {
            client.sendHead("GET / HTTP/1.1", "Host: bug");
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).contains("reason: internal");
            proxy.clock().advance(Duration.ofSeconds(3));
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.INTERNAL);
            assertThat(other.get("/").body()).isEqualTo("x");
            assertThat(proxy.underWay()).isZero();
        }
    }
}
