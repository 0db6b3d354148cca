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
import dev.moorgate.routetable.Upstream.Protocol;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client or an endpoint vanishes: the other side is closed without any time going by, for the clock stands still here, and nothing
 * is left of either (fault E2).
 */
class VanishedPeerTest {
    /** Begins every answer, and ends none. */
    private static ScriptedUpstream endless() {
        return ScriptedUpstream.running((connection, _) -> {
            String head = connection.readRequestHead();
            if (head.startsWith("GET /chat ")) {
                connection.send(ScriptedUpstream.switched(head));
            } else if (!head.startsWith("POST ")) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            }
            connection.stall();
        });
    }

    private static Http2Upstream endlessHttp2() {
        return Http2Upstream.tunnelling(call -> {
            switch (String.valueOf(call.field(":path"))) {
                case "/quick" -> call.answer(200, "quick");
                case "/chat" -> call.head(200, false);
                default -> call.head(200, false, "content-length", "100").data("half", false);
            }
        });
    }

    private static ProxyUnderTest http2(Http2Upstream upstream) {
        return ProxyUnderTest.start(Setup.toPorts(upstream.port()).protocol(Protocol.H2C));
    }

    private static void nothingIsLeft(ProxyUnderTest proxy) {
        Await.until("nothing to be left of either", () -> proxy.openUpstreams() == 0 && proxy.underWay() == 0);
        assertThat(proxy.boundConnections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /download HTTP/1.1", "POST /upload HTTP/1.1", "GET /chat HTTP/1.1"})
    void aClientOfHttp11LeavesNoConnectionToItsEndpoint(String line) {
        try (var upstream = endless();
                var proxy = ProxyUnderTest.to(upstream)) {
            var client = proxy.connect();
            if (line.contains("/chat")) {
                client.sendHead(line, "Host: a", "Connection: Upgrade", "Upgrade: websocket");
            } else {
                client.sendHead(line, "Host: a", line.startsWith("POST ") ? "Content-Length: 10" : "Accept: *");
            }
            Await.until("the request", () -> upstream.requests().size() == 1);
            client.reset();

            Await.until("the endpoint to be left", () -> upstream.openConnections() == 0);
            nothingIsLeft(proxy);
            assertThat(proxy.openClients()).isZero();
        }
    }

    @Test
    void aClientOfHttp2LeavesNoConnectionForAnyOfItsStreams() {
        try (var upstream = endless();
                var proxy = ProxyUnderTest.to(upstream)) {
            var client = Http2TestClient.to(proxy);
            var tunnel = client.tunnel("/chat");
            var download = client.get("/download");
            client.post("/upload").send("some", false);
            download.awaitSize(4);
            assertThat(tunnel.status()).isEqualTo(200);
            Await.until("the requests", () -> upstream.requests().size() == 3);
            client.connection().reset();

            Await.until("the endpoint to be left", () -> upstream.openConnections() == 0);
            nothingIsLeft(proxy);
            assertThat(proxy.openClients()).isZero();
        }
    }

    @Test
    void ofAClientThatVanishesEveryStreamIsCancelledAndTheConnectionServesOn() {
        try (var upstream = endlessHttp2();
                var proxy = http2(upstream);
                var other = proxy.connect()) {
            var client = Http2TestClient.to(proxy);
            assertThat(client.get("/quick").body()).isEqualTo("quick");
            var tunnel = client.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);
            client.get("/download").awaitSize(4);
            client.get("/download").awaitSize(4);
            client.connection().reset();

            Await.until("three resets", () -> upstream.resets().size() == 3);
            assertThat(upstream.resets()).containsOnly(Http2Error.CANCEL.code());
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
            assertThat(other.get("/quick").body()).isEqualTo("quick");
            assertThat(upstream.connections()).isEqualTo(1);
            assertThat(proxy.openClients()).isEqualTo(1);
        }
    }

    @Test
    void anEndpointOfHttp11CutsItsClientsOfEitherVersion() {
        try (var upstream = endless();
                var proxy = ProxyUnderTest.to(upstream);
                var plain = proxy.connect();
                var socket = proxy.connect();
                var client = Http2TestClient.to(proxy)) {
            plain.sendHead("GET /download HTTP/1.1", "Host: a");
            assertThat(plain.readHead()).startsWith("HTTP/1.1 200 ");
            socket.sendHead("GET /chat HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket");
            assertThat(socket.readHead()).startsWith("HTTP/1.1 101 ");
            var tunnel = client.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);
            var download = client.get("/download");
            download.awaitSize(4);
            Await.until("the requests", () -> upstream.requests().size() == 4);
            upstream.resetAll();

            plain.awaitEnd();
            socket.awaitEnd();
            download.awaitReset();
            client.await("the tunnel's end", () -> tunnel.isReset() || tunnel.isWhole());
            nothingIsLeft(proxy);
            // a client that is in the middle of a frame may send for two seconds more
            proxy.clock().advance(Duration.ofSeconds(3));
            Await.until("the clients of HTTP/1.1 to be gone", () -> proxy.openClients() == 1);
            assertThat(client.hasEnded()).isFalse();
            assertThat(proxy.exchanges())
                    .anySatisfy(each -> assertThat(each.reason()).isEqualTo(ProxyFailure.RESPONSE_INCOMPLETE));
        }
    }

    @Test
    void anEndpointOfHttp2CutsItsClientsOfEitherVersion() {
        try (var upstream = endlessHttp2();
                var proxy = http2(upstream);
                RawClient plain = proxy.connect();
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/quick").body()).isEqualTo("quick");
            plain.sendHead("GET /download HTTP/1.1", "Host: a");
            assertThat(plain.readHead()).startsWith("HTTP/1.1 200 ");
            var tunnel = client.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);
            var download = client.get("/download");
            download.awaitSize(4);
            upstream.closeAll();

            plain.awaitEnd();
            download.awaitReset();
            client.await("the tunnel's end", () -> tunnel.isReset() || tunnel.isWhole());
            nothingIsLeft(proxy);
            assertThat(client.get("/quick").body()).isEqualTo("quick");
            assertThat(upstream.connections()).isEqualTo(2);
        }
    }
}
