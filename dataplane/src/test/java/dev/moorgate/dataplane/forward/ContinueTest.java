package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import org.junit.jupiter.api.Test;

class ContinueTest {

    @Test
    void theUpstreamsContinueIsPassedOnOnce() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head = connection.readRequestHead();
                    assertThat(head).containsIgnoringCase("Expect: 100-continue");
                    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                    connection.answer(connection.read(5));
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue");
            assertThat(client.readAnswer(false).status()).isEqualTo(100);
            client.send("hello");
            assertThat(client.readAnswer(false).body()).isEqualTo("hello");
        }
    }

    @Test
    void anUpstreamThatRefusesAnswersWithoutTheBodyAndTheConnectionEnds() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue");
            var answer = client.readAnswer(false);
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.field("Connection")).isEqualTo("close");
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
        }
    }

    @Test
    void aBodyOverTheLimitIsRefusedBeforeItIsSent() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(10));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 11", "Expect: 100-continue");
            assertThat(client.readAnswer(false).status()).isEqualTo(413);
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void anUnknownExpectationIs417() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Expect: the-unexpected");
            assertThat(client.readAnswer().status()).isEqualTo(417);
            assertThat(upstream.connections()).isZero();
        }
    }
}
