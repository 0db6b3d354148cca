package dev.moorgate.dataplane.faults.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** An endpoint that goes while requests run: those end well, no other comes, and its connections are closed (fault F16). */
class RemovedEndpointTest {
    private static final int MANY = 20;

    private static EndpointTable only(Endpoint... endpoints) {
        return new EndpointTable(List.of(new EndpointTable.UpstreamEndpoints(Setup.UPSTREAM, List.of(endpoints))));
    }

    private static ProxyUnderTest start(Setup setup, Endpoint... endpoints) {
        return ProxyUnderTest.start(setup.table(), only(endpoints));
    }

    /** The same table with these endpoints. */
    private static void become(ProxyUnderTest proxy, Setup setup, Endpoint... endpoints) {
        proxy.install(setup.table(), only(endpoints));
    }

    private static Endpoint goes(int port) {
        return Setup.endpoint("goes", port);
    }

    private static Endpoint stays(int port) {
        return Setup.endpoint("stays", port);
    }

    /** Answers {@code goes}, and {@code /slow} in two halves. */
    private static ScriptedUpstream halving(CountDownLatch second) {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                if (head.startsWith("GET /slow ")) {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
                    second.await();
                    connection.send(" half");
                } else {
                    connection.answer("goes");
                }
            }
        });
    }

    @Test
    void overHttp1RunningRequestsEndWellAndNoOtherComes() {
        var second = new CountDownLatch(1);
        var setup = Setup.toPorts();
        try (var stays = ScriptedUpstream.answering("stays");
                var goes = halving(second);
                var proxy = start(setup, goes(goes.port()));
                var slow = proxy.connect();
                var client = proxy.connect()) {
            slow.sendHead("GET /slow HTTP/1.1", "Host: a");
            assertThat(slow.readHead()).startsWith("HTTP/1.1 200 ");
            assertThat(client.get("/").body()).isEqualTo("goes");
            assertThat(goes.openConnections()).isEqualTo(2);

            become(proxy, setup, stays(stays.port()));
            for (int i = 0; i < MANY; i++) {
                assertThat(client.get("/").body()).isEqualTo("stays");
                try (var fresh = proxy.connect()) {
                    assertThat(fresh.get("/").body()).isEqualTo("stays");
                }
            }
            Await.until("the idle connection to be closed", () -> goes.openConnections() == 1);
            second.countDown();
            assertThat(slow.read(10)).isEqualTo("first half");
            Await.until("the other one too", () -> goes.openConnections() == 0);
            assertThat(slow.get("/slow").body()).isEqualTo("stays");
            assertThat(goes.requests()).hasSize(2);
            assertThat(goes.connections()).isEqualTo(2);
        }
    }

    @Test
    void overHttp2RunningStreamsEndWellAndNoOtherComes() {
        var setup = Setup.toPorts().protocol(Protocol.H2C);
        try (var stays = Http2Upstream.answering("stays");
                var goes = Http2Upstream.running(call -> call.head(200, false).data("first", false));
                var proxy = start(setup, goes(goes.port()));
                var client = Http2TestClient.to(proxy)) {
            var slow = client.get("/slow");
            slow.awaitSize(5);

            become(proxy, setup, stays(stays.port()));
            for (int i = 0; i < MANY; i++) {
                assertThat(client.get("/").body()).isEqualTo("stays");
            }
            assertThat(goes.openConnections()).isEqualTo(1);
            goes.calls().getFirst().data(" half", true);
            assertThat(slow.body()).isEqualTo("first half");
            Await.until("its connection to be closed", () -> goes.openConnections() == 0);
            assertThat(goes.calls()).hasSize(1);
            assertThat(goes.connections()).isEqualTo(1);
        }
    }

    @Test
    void overHttp2AnIdleConnectionIsClosedAtOnce() {
        var setup = Setup.toPorts().protocol(Protocol.H2C);
        try (var goes = Http2Upstream.answering("goes");
                var proxy = start(setup, goes(goes.port()));
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("goes");
            become(proxy, setup);
            Await.until("its connection to be closed", () -> goes.openConnections() == 0);
            assertThat(client.get("/").status()).isEqualTo(503);
        }
    }

    @Test
    void aWebSocketGoesOnAndTheNextOneIsSomewhereElse() {
        var setup = Setup.toPorts();
        try (var stays = echoing("stays ");
                var goes = echoing("goes ");
                var proxy = start(setup, goes(goes.port()));
                var old = proxy.connect();
                var next = proxy.connect()) {
            upgrade(old);
            assertThat(old.read(5)).isEqualTo("goes ");
            become(proxy, setup, stays(stays.port()));
            upgrade(next);
            assertThat(next.read(6)).isEqualTo("stays ");

            old.send("still");
            assertThat(old.read(5)).isEqualTo("still");
            old.endOutput();
            assertThat(old.readToEnd()).isEmpty();
            Await.until("its connection to be closed", () -> goes.openConnections() == 0);
        }
    }

    private static ScriptedUpstream echoing(String name) {
        return ScriptedUpstream.running((connection, _) -> {
            connection.readRequestHead();
            connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + name);
            connection.send(connection.read(5));
            connection.stall();
        });
    }

    private static void upgrade(RawClient client) {
        client.sendHead("GET /chat HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket");
        assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
    }

    @Test
    void aWebSocketOverAStreamGoesOnToo() {
        var setup = Setup.toPorts().protocol(Protocol.H2C);
        try (var stays = Http2Upstream.answering("stays");
                var goes = Http2Upstream.tunnelling(call -> {
                    if (call.field(":protocol") == null) {
                        call.answer(200, "goes");
                    } else {
                        call.head(200, false);
                    }
                });
                var proxy = start(setup, goes(goes.port()));
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("goes");
            var tunnel = client.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);
            become(proxy, setup, stays(stays.port()));
            assertThat(client.get("/").body()).isEqualTo("stays");

            var call = goes.calls().getLast();
            tunnel.send("up", false);
            Await.until("the bytes", () -> call.content().equals("up"));
            call.data("down", true);
            assertThat(tunnel.body()).isEqualTo("down");
            tunnel.send("", true);
            Await.until("its connection to be closed", () -> goes.openConnections() == 0);
        }
    }

    @Test
    void whoWaitsForAConnectionToItGoesElsewhere() {
        var second = new CountDownLatch(1);
        var setup = Setup.toPorts().upstreamLimits(new Upstream.Limits(1, 16, 256, Duration.ofSeconds(60)));
        try (var stays = ScriptedUpstream.answering("stays");
                var goes = halving(second);
                var proxy = start(setup, goes(goes.port()));
                var slow = proxy.connect()) {
            slow.sendHead("GET /slow HTTP/1.1", "Host: a");
            assertThat(slow.readHead()).startsWith("HTTP/1.1 200 ");
            become(proxy, setup, goes(goes.port()), stays(stays.port()));
            List<RawClient> waiting = new ArrayList<>();
            for (int i = 1; i <= 6; i++) {
                var client = proxy.connect();
                client.sendHead("GET / HTTP/1.1", "Host: a");
                waiting.add(client);
                int all = i;
                Await.until("it to wait", () -> proxy.waiting() == all);
            }

            become(proxy, setup, stays(stays.port()));
            second.countDown();
            assertThat(slow.read(10)).isEqualTo("first half");
            waiting.forEach(client -> {
                assertThat(client.readAnswer().body()).isEqualTo("stays");
                client.close();
            });
            assertThat(goes.requests()).hasSize(1);
        }
    }

    @Test
    void whoWaitsForItsFirstConnectionOverHttp2GoesElsewhere() {
        var certificate = TlsCertificate.of("shop.internal");
        var tls = new Upstream.UpstreamTls(
                "shop.internal", Optional.of(certificate.certificatePem()), List.of(), Optional.empty());
        var setup = Setup.toPorts().protocol(Protocol.H2).upstreamTls(tls);
        // Of its handshake one waits for a word that never comes.
        try (var stays = Http2Upstream.securedBy(
                        certificate.negotiatingContext("h2"), call -> call.answer(200, "stays"));
                var goes = ScriptedUpstream.running((connection, _) -> connection.stall());
                var proxy = start(setup, goes(goes.port()), stays(stays.port()))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                var client = proxy.connect();
                client.sendHead("GET / HTTP/1.1", "Host: a");
                clients.add(client);
                proxy.taken(client);
            }
            Await.until(
                    "some to wait for it",
                    () -> proxy.waiting() > 0 && proxy.exchanges().size() + proxy.waiting() == 4);

            become(proxy, setup, stays(stays.port()));
            clients.forEach(client -> {
                assertThat(client.readAnswer().body()).isEqualTo("stays");
                client.close();
            });
            assertThat(proxy.exchanges())
                    .anySatisfy(each -> assertThat(each.retries()).containsExactly(ProxyFailure.CONNECT_REFUSED));
        }
    }

    @Test
    void aRequestThatIsStillCollectedWhenItGoesIsSentElsewhere() {
        var setup = Setup.toPorts().buffering(new RoutePolicy.Buffering(true, false, 1 << 20, 0));
        try (var stays = ScriptedUpstream.answering("stays");
                var goes = ScriptedUpstream.answering("goes");
                var proxy = start(setup, goes(goes.port()), stays(stays.port()))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                var client = proxy.connect();
                client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 2");
                client.send("1");
                clients.add(client);
                proxy.taken(client);
            }
            become(proxy, setup, stays(stays.port()));
            clients.forEach(client -> {
                client.send("2");
                assertThat(client.readAnswer().body()).isEqualTo("stays");
                client.close();
            });
            assertThat(goes.connections()).isZero();
        }
    }
}
