package dev.moorgate.dataplane.forward.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Upstream.Protocol;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.netty.handler.codec.http2.Http2Error;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** WebSockets to endpoints of HTTP/2: by extended CONNECT where they offer it (RFC 8441), else over HTTP/1.1. */
class WebSocketTest {
    private static ProxyUnderTest proxy(Http2Upstream upstream) {
        return ProxyUnderTest.start(Setup.toPorts(upstream.port()).protocol(Protocol.H2C));
    }

    private static void upgrade(RawClient client) {
        client.sendHead(
                "GET /chat?room=1 HTTP/1.1",
                "Host: shop",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Protocol: chat",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }

    private static void accept(Http2Upstream.Call call) {
        if (call.field(":protocol") == null) {
            call.answer(200, "plain");
        } else {
            call.head(200, false, "sec-websocket-protocol", "chat");
        }
    }

    @Test
    void aClientOfHttp11IsTunnelledOverAStream() {
        try (var upstream = Http2Upstream.tunnelling(WebSocketTest::accept);
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            upgrade(client);
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.field("upgrade")).isEqualTo("websocket");
            assertThat(answer.field("connection")).isEqualTo("Upgrade");
            // RFC 6455 1.3 gives this key and its proof
            assertThat(answer.field("sec-websocket-accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(answer.field("sec-websocket-protocol")).isEqualTo("chat");

            var call = upstream.calls().getFirst();
            assertThat(call.field(":method")).isEqualTo("CONNECT");
            assertThat(call.field(":protocol")).isEqualTo("websocket");
            assertThat(call.field(":path")).isEqualTo("/chat?room=1");
            assertThat(call.field("sec-websocket-version")).isEqualTo("13");
            assertThat(call.names()).doesNotContain("upgrade", "connection", "sec-websocket-key");

            client.send("to the endpoint");
            Await.until("the bytes", () -> call.content().equals("to the endpoint"));
            call.data("to the client", false);
            assertThat(client.read(13)).isEqualTo("to the client");

            call.data("", true);
            client.endOutput();
            assertThat(client.readToEnd()).isEmpty();
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
            assertThat(proxy.exchange(1).status()).isEqualTo(101);
        }
    }

    @Test
    void aClientOfHttp2IsTunnelledFromStreamToStream() {
        try (var upstream = Http2Upstream.tunnelling(WebSocketTest::accept);
                var proxy = proxy(upstream);
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("plain");
            var tunnel = client.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);
            assertThat(tunnel.fields())
                    .contains("sec-websocket-protocol: chat\n")
                    .doesNotContain("accept");
            var call = upstream.calls().getLast();
            tunnel.send("up", false);
            Await.until("the bytes", () -> call.content().equals("up"));
            call.data("down", true);
            assertThat(tunnel.body()).isEqualTo("down");
            tunnel.send("", true);

            assertThat(proxy.exchange(2).status()).isEqualTo(200);
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void aTunnelThatTheEndpointResetsEndsAtTheClient() {
        try (var upstream = Http2Upstream.tunnelling(WebSocketTest::accept);
                var proxy = proxy(upstream);
                var client = proxy.connect();
                var other = Http2TestClient.to(proxy)) {
            upgrade(client);
            assertThat(client.readAnswer().status()).isEqualTo(101);
            var tunnel = other.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);

            upstream.calls().forEach(call -> call.reset(Http2Error.CANCEL));
            assertThat(client.readToEnd()).isEmpty();
            assertThat(tunnel.awaitReset()).isEqualTo(dev.moorgate.dataplane.http2.Http2Error.CANCEL);
        }
    }

    @Test
    void aClientThatLeavesItsTunnelResetsTheStream() {
        try (var upstream = Http2Upstream.tunnelling(WebSocketTest::accept);
                var proxy = proxy(upstream)) {
            try (var client = proxy.connect()) {
                upgrade(client);
                assertThat(client.readAnswer().status()).isEqualTo(101);
                client.reset();
            }
            Await.until("the reset", () -> upstream.resets().contains(Http2Error.CANCEL.code()));
        }
    }

    @Test
    void anEndpointThatRefusesIsPassedOn() {
        try (var upstream = Http2Upstream.tunnelling(call -> call.answer(403, "not you"));
                var proxy = proxy(upstream);
                var client = proxy.connect()) {
            upgrade(client);
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).isEqualTo("not you");
        }
    }

    @Test
    void anEndpointThatOffersNoTunnelsIsAskedOverHttp11() {
        TlsCertificate certificate = TlsCertificate.of("shop.internal");
        var tls = new UpstreamTls(
                "shop.internal", Optional.of(certificate.certificatePem()), List.of(), Optional.empty());
        try (var upstream = Http2Upstream.switching(
                        certificate.negotiatingContext("h2", "http/1.1"), WebSocketTest::accept);
                var proxy = ProxyUnderTest.start(
                        Setup.toPorts(upstream.port()).protocol(Protocol.H2).upstreamTls(tls));
                var client = proxy.connect();
                var other = Http2TestClient.to(proxy)) {
            assertThat(other.get("/").body()).isEqualTo("plain");
            upgrade(client);
            assertThat(client.readAnswer().status()).isEqualTo(101);
            client.send("echo");
            assertThat(client.read(4)).isEqualTo("echo");

            var tunnel = other.tunnel("/chat");
            assertThat(tunnel.status()).isEqualTo(200);
            tunnel.send("again", false).awaitSize(5);
            assertThat(upstream.calls()).hasSize(1);
            assertThat(proxy.exchanges())
                    .allSatisfy(each -> assertThat(each.reason()).isNull());
        }
    }
}
