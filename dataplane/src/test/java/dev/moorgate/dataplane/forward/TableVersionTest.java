package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Requests and connections outlive the table that they began with; what an endpoint had, goes with it (fault F16). */
class TableVersionTest {

    private static Filter marking(String version) {
        return new Filter.ResponseHeaders(
                new HeaderEdits(List.of(new HeaderField("x-version", version)), List.of(), List.of()));
    }

    @Test
    void aRequestLivesOnTheTableThatItBeganWith() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("x");
                    }
                });
                var other = ScriptedUpstream.answering("other");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).filters(marking("one")));
                var client = proxy.connect()) {
            String first = proxy.version();
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            proxy.install(Setup.to(other).filters(marking("two")));
            answer.countDown();
            var before = client.readAnswer();
            assertThat(before.field("x-version")).isEqualTo("one");
            assertThat(before.body()).isEqualTo("x");
            var after = client.get("/");
            assertThat(after.field("x-version")).isEqualTo("two");
            assertThat(after.body()).isEqualTo("other");
            assertThat(proxy.exchange(1).tableVersion()).isEqualTo(first);
            assertThat(proxy.exchange(2).tableVersion()).isEqualTo(proxy.version());
        }
    }

    @Test
    void connectionsToEndpointsThatStaySurviveAndOthersAreClosed() {
        try (var stays = ScriptedUpstream.answering("stays");
                var goes = ScriptedUpstream.answering("goes");
                var proxy = ProxyUnderTest.to(stays, goes);
                var client = proxy.connect()) {
            client.get("/");
            client.get("/");
            Await.until("both to be pooled", () -> proxy.openUpstreams() == 2);
            proxy.install(Setup.to(stays));
            Await.until("one to be closed", () -> goes.openConnections() == 0);
            for (int i = 0; i < 5; i++) {
                assertThat(client.get("/").body()).isEqualTo("stays");
            }
            assertThat(stays.connections()).isEqualTo(1);
        }
    }

    @Test
    void noRequestFailsOverAHundredTables() throws Exception {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.to(one);
                var client = proxy.connect()) {
            var swapping = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 100; i++) {
                    proxy.install(i % 2 == 0 ? Setup.to(two) : Setup.to(one));
                }
            });
            int served = 0;
            while (swapping.isAlive() || served < 200) {
                assertThat(client.get("/").status()).isEqualTo(200);
                served++;
            }
            swapping.join();
        }
    }

    @Test
    void aConnectionOfAListenerThatIsGoneGetsItsAnswerAndIsClosed() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (head.startsWith("GET /slow ")) {
                            answer.await();
                        }
                        connection.answer("last");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var idle = proxy.connect();
                var busy = proxy.connect()) {
            idle.get("/quick");
            busy.sendHead("GET /slow HTTP/1.1", "Host: a");
            Await.until("the request", () -> upstream.requests().size() == 2);
            proxy.install(Setup.to(upstream).listener("another"));
            assertThat(idle.awaitEnd()).isEqualTo(End.PROPER);
            answer.countDown();
            RawClient.Answer last = busy.readAnswer();
            assertThat(last.body()).isEqualTo("last");
            assertThat(last.field("Connection")).isEqualTo("close");
            assertThat(busy.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(upstream.requests()).hasSize(2);
        }
    }
}
