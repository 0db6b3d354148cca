package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.Gate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The private listeners of a running data plane; H11 for them (faults G9, I21). */
class PrivateServersTest {
    private static final InetSocketAddress ANY_PORT = InetSocketAddress.createUnresolved("127.0.0.1", 0);

    private static RawClient.Answer get(int port, String path) {
        try (var client = RawClient.connect(port)) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n");
            return client.readAnswer();
        }
    }

    @Test
    void healthAndAdminTellOfTheTableInForce() throws IOException {
        try (var dataPlane = DataPlane.start(DataPlaneSettings.STANDARD
                        .withEventLoops(1)
                        .withHealth(ANY_PORT)
                        .withAdmin(ANY_PORT));
                var upstream = ScriptedUpstream.answering("x")) {
            int port = dataPlane.admin().orElseThrow().getPort();
            assertThat(dataPlane.health()).isEqualTo(dataPlane.admin());
            assertThat(get(port, "/readyz").status()).isEqualTo(503);
            assertThat(get(port, "/healthz").status()).isEqualTo(200);

            Setup setup = Setup.to(upstream).settings(Gate.silent());
            dataPlane.install("v1", setup.table(), setup.endpoints());

            assertThat(get(port, "/readyz").status()).isEqualTo(200);
            assertThat(get(port, "/table").body()).contains("\"name\" : \"web\"");
            assertThat(get(port, "/upstreams").body()).contains("app-0").contains("127.0.0.1:" + upstream.port());
            assertThat(get(port, "/metrics").body())
                    .contains("moorgate_upstream_endpoints{state=\"ready\",upstream=\"app\"} 1");
        }
    }

    @Test
    void randomRequestsMakeNoNewMetric() throws IOException {
        try (var dataPlane = DataPlane.start(
                        DataPlaneSettings.STANDARD.withEventLoops(1).withHealth(ANY_PORT));
                var upstream = ScriptedUpstream.answering("x")) {
            int health = dataPlane.health().orElseThrow().getPort();
            Setup setup = Setup.to(upstream).settings(Gate.silent());
            dataPlane.install("v1", setup.table(), setup.endpoints());
            int port = Objects.requireNonNull(dataPlane.boundPorts().get(Setup.LISTENER))
                    .getPort();
            random(port, 0);
            long before = get(health, "/metrics").body().lines().count();

            for (int i = 1; i <= 200; i++) {
                random(port, i);
            }

            String after = get(health, "/metrics").body();
            assertThat(after.lines().count()).isEqualTo(before);
            assertThat(after).doesNotContain("guess").contains("moorgate_requests_total{");
            assertThat(upstream.requests()).hasSize(201).allMatch(head -> head.contains("guess"));
        }
    }

    /** One of an attacker who makes up hosts, paths, methods and agents. */
    private static void random(int port, int number) {
        try (var client = RawClient.connect(port)) {
            client.sendHead(
                    "GUESS" + number + " /guess" + number + "?guess=" + number + " HTTP/1.1",
                    "Host: guess" + number + ".example",
                    "User-Agent: guess" + number,
                    "X-Request-Id: guess" + number);
            assertThat(client.readAnswer().status()).isEqualTo(200);
        }
    }

    @Test
    void aPortInUseIsOneClearLine() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            int port = taken.getLocalPort();
            var settings = DataPlaneSettings.STANDARD
                    .withEventLoops(1)
                    .withHealth(InetSocketAddress.createUnresolved("127.0.0.1", port));

            assertThatThrownBy(() -> DataPlane.start(settings))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("cannot open health listener 127.0.0.1:" + port + ": ")
                    .hasMessageContaining("in use");
        }
    }
}
