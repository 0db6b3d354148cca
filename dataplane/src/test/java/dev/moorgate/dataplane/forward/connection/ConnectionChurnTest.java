package dev.moorgate.dataplane.forward.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import org.junit.jupiter.api.Test;

/** G4: connections that come and go leave nothing behind; what a deadline holds lives until its time, a minute or an hour. */
class ConnectionChurnTest {
    private static final int CONNECTIONS = 100;
    /** What lasts: an exchange that is kept for the next request, and the upstream's own. */
    private static final int MOST_LEFT = 5;

    private static void assertNothingIsLeft(ProxyUnderTest proxy) {
        Await.until("the connections to be gone", () -> proxy.openClients() == 0);
        assertThat(proxy.forwarder().deadlineCounts())
                .isNotEmpty()
                .allSatisfy(count -> assertThat(count.get()).isLessThanOrEqualTo(MOST_LEFT));
    }

    @Test
    void nothingIsLeftOfClientsConnections() {
        try (var upstream = ScriptedUpstream.answering("hello");
                var proxy = ProxyUnderTest.to(upstream)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (var client = proxy.connect()) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                }
            }
            assertNothingIsLeft(proxy);
        }
    }

    @Test
    void nothingIsLeftOfClientsConnectionsOverHttp2() {
        try (var upstream = ScriptedUpstream.answering("hello");
                var proxy = ProxyUnderTest.to(upstream)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (var client = Http2TestClient.to(proxy)) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                }
            }
            assertNothingIsLeft(proxy);
        }
    }

    @Test
    void nothingIsLeftOfConnectionsToEndpoints() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream)) {
            try (var client = proxy.connect()) {
                for (int i = 0; i < CONNECTIONS; i++) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                }
            }
            assertThat(upstream.connections()).isEqualTo(CONNECTIONS);
            assertNothingIsLeft(proxy);
        }
    }
}
