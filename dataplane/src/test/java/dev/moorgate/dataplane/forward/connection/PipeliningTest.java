package dev.moorgate.dataplane.forward.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PipeliningTest {

    private static ScriptedUpstream echoingPaths(AtomicInteger most) {
        var running = new AtomicInteger();
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                String path = head.split(" ", 3)[1];
                running.decrementAndGet();
                connection.answer(path);
            }
        });
    }

    @Test
    void answersComeInOrderOneRequestAtATime() {
        var most = new AtomicInteger();
        try (var upstream = echoingPaths(most);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.send("""
                    GET /1 HTTP/1.1
                    Host: a

                    GET /2 HTTP/1.1
                    Host: a

                    GET /3 HTTP/1.1
                    Host: a

                    """.replace("\n", "\r\n"));
            assertThat(client.readAnswer().body()).isEqualTo("/1");
            assertThat(client.readAnswer().body()).isEqualTo("/2");
            assertThat(client.readAnswer().body()).isEqualTo("/3");
            assertThat(most).hasValue(1);
        }
    }

    @Test
    void aHundredAtOnceAreAllAnswered() {
        try (var upstream = echoingPaths(new AtomicInteger());
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            var all = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            client.send(all.toString());
            for (int i = 0; i < 100; i++) {
                assertThat(client.readAnswer().body()).isEqualTo("/" + i);
            }
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void aBodyIsNotTakenForTheNextRequest() {
        try (var upstream = echoingPaths(new AtomicInteger());
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            String inner = "GET /inner HTTP/1.1\r\nHost: a\r\n\r\n";
            client.sendHead("POST /outer HTTP/1.1", "Host: a", "Content-Length: " + inner.length());
            client.send(inner + "GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("/outer");
            assertThat(client.readAnswer().body()).isEqualTo("/after");
            assertThat(upstream.requests()).hasSize(2);
        }
    }

    @Test
    void whatFollowsARequestThatAsksForCloseIsNotServed() {
        try (var upstream = echoingPaths(new AtomicInteger());
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET /last HTTP/1.1", "Host: a", "Connection: close", "", "GET /no HTTP/1.1", "Host: a");
            assertThat(client.readAnswer().body()).isEqualTo("/last");
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void aBrokenRequestBehindAGoodOneIsAnsweredInItsTurn() {
        try (var upstream = echoingPaths(new AtomicInteger());
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET /good HTTP/1.1", "Host: a", "", "GET /bad HTTP/1.1", "Host : a");
            assertThat(client.readAnswer().body()).isEqualTo("/good");
            assertThat(client.readAnswer().status()).isEqualTo(400);
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
        }
    }
}
