package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawSocket;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.Gate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import dev.moorgate.routetable.ProxySettings.ProxyProtocol;
import dev.moorgate.routetable.RouteTable;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** D9: the client as the load balancer in front of us tells it, and connections that any one client may have. */
class ProxyProtocolTest {
    private static final byte[] VERSION_2 = HexFormat.of()
            .parseHex("0d0a0d0a000d0a515549540a" + "21110013" + "c0000207c0000201dc0401bb" + "030004deadbeef");
    private static final List<String> LOOPBACK = List.of("127.0.0.0/8");

    private static final class Door implements AutoCloseable {
        private final ScriptedUpstream upstream = ScriptedUpstream.answering("x");
        private final Gate gate = new Gate();

        Door(List<String> listeners, List<String> networks, DownstreamLimits limits) {
            RouteTable clear = Setup.to(upstream).table();
            Listener web = clear.listeners().getFirst();
            var secured = new Listener(
                    "tls",
                    web.source(),
                    Listener.Protocol.HTTPS,
                    443,
                    "127.0.0.1",
                    0,
                    443,
                    Optional.of(Tables.tls(Tables.name(HostPattern.ANY, "cert"))),
                    web.virtualHosts());
            var settings = new ProxySettings(
                    ProxySettings.TrustedProxies.NONE,
                    ProxySettings.AccessLog.OFF,
                    false,
                    limits,
                    networks.isEmpty() ? Optional.empty() : Optional.of(new ProxyProtocol(listeners, networks)));
            var table = new RouteTable(
                    settings,
                    List.of(secured, web),
                    clear.upstreams(),
                    List.of(),
                    List.of(Pki.certificate("cert", "cert")),
                    List.of());
            gate.install(table, Setup.to(upstream).endpoints());
        }

        RawClient connect() {
            return RawClient.connect(gate.port(Setup.LISTENER));
        }

        void countsRefused(String reason) {
            Await.until(
                    reason + " in the metrics",
                    () -> MetricText.of(gate.dataPlane().metrics())
                            .contains("moorgate_connections_refused_total{listener=\"web\",reason=\"" + reason
                                    + "\"} 1"));
        }

        @Override
        public void close() {
            gate.close();
            upstream.close();
        }
    }

    private static Door behind(List<String> networks) {
        return new Door(List.of("*"), networks, DownstreamLimits.STANDARD);
    }

    private static String seen(Door door, RawClient client) {
        client.sendHead("GET / HTTP/1.1", "Host: a");
        assertThat(client.readAnswer().status()).isEqualTo(200);
        return door.upstream.requests().getLast();
    }

    @Test
    void theClientThatVersion1TellsIsTheClient() {
        try (var door = behind(LOOPBACK);
                var client = door.connect()) {
            client.send("PROXY TCP6 2001:db8::7 2001:db8::1 4711 80\r\n");

            assertThat(seen(door, client)).contains("X-Forwarded-For: 2001:db8::7\r\n", "X-Real-IP: 2001:db8::7\r\n");
        }
    }

    @Test
    void theClientThatVersion2TellsIsTheClient() {
        try (var door = behind(LOOPBACK);
                var client = door.connect()) {
            client.send(VERSION_2);

            assertThat(seen(door, client)).contains("X-Forwarded-For: 192.0.2.7\r\n");
            assertThat(seen(door, client)).contains("X-Forwarded-For: 192.0.2.7\r\n");
        }
    }

    @Test
    void aHeaderMayComeInPieces() {
        try (var door = behind(LOOPBACK);
                var client = door.connect()) {
            for (byte octet : VERSION_2) {
                client.send(new byte[] {octet});
            }

            assertThat(seen(door, client)).contains("X-Forwarded-For: 192.0.2.7\r\n");
        }
    }

    @Test
    void aHeaderMayComeWithTheRequest() {
        try (var door = behind(LOOPBACK);
                var client = door.connect()) {
            client.send("PROXY TCP4 192.0.2.7 192.0.2.1 1 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(client.readAnswer().status()).isEqualTo(200);
            assertThat(door.upstream.requests().getLast()).contains("X-Forwarded-For: 192.0.2.7\r\n");
        }
    }

    @Test
    void theLoadBalancersOwnRequestIsItsOwn() {
        try (var door = behind(LOOPBACK);
                var client = door.connect()) {
            client.send(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a20000000"));

            assertThat(seen(door, client)).contains("X-Forwarded-For: 127.0.0.1\r\n");
        }
    }

    @Test
    void theHeaderStandsInFrontOfTls() throws Exception {
        try (var door = behind(LOOPBACK);
                var plain = new Socket(InetAddress.getLoopbackAddress(), door.gate.port("tls"))) {
            plain.getOutputStream().write(VERSION_2);
            SSLSocketFactory factory = TlsClient.create().context().getSocketFactory();
            try (var socket = (SSLSocket) factory.createSocket(plain, "a", 443, true)) {
                var client = new RawSocket(socket);
                client.sendHead("GET / HTTP/1.1", "Host: a");

                assertThat(client.readHead()).startsWith("HTTP/1.1 200");
                assertThat(door.upstream.requests().getLast()).contains("X-Forwarded-For: 192.0.2.7\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "PROXY TCP4 192.0.2.300 192.0.2.1 1 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "\r\n\r\n\0\r\nQUIX\n",
            })
    void withoutAGoodHeaderTheConnectionIsClosedAndCounted(String start) {
        try (var door = behind(LOOPBACK);
                var client = door.connect()) {
            client.trySend(start);

            client.awaitEnd();
            assertThat(door.upstream.connections()).isZero();
            door.countsRefused("proxy_header_malformed");
        }
    }

    @Test
    void aConnectionThatSaysNothingIsClosedInTime() {
        var limits = Tables.limits(Duration.ofMillis(200), 1_000);
        try (var door = new Door(List.of("*"), LOOPBACK, limits);
                var client = door.connect()) {
            client.send("PROXY TCP4 ");

            client.awaitEnd();
            door.countsRefused("proxy_header_timeout");
        }
    }

    @Test
    void nobodyButTheLoadBalancersIsLetIn() {
        try (var door = behind(List.of("10.0.0.0/8", "2001:db8::/32"));
                var client = door.connect()) {
            client.trySend("PROXY TCP4 192.0.2.7 192.0.2.1 1 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");

            client.awaitEnd();
            assertThat(door.upstream.connections()).isZero();
            door.countsRefused("proxy_source");
        }
    }

    @Test
    void whereNoHeaderIsAskedForItIsABadRequest() {
        try (var door = new Door(List.of("tls"), LOOPBACK, DownstreamLimits.STANDARD);
                var client = door.connect()) {
            client.send("PROXY TCP4 192.0.2.7 192.0.2.1 1 80\r\n\r\n");

            assertThat(client.readAnswer().status()).isEqualTo(400);
            assertThat(door.upstream.connections()).isZero();
        }
    }

    private static DownstreamLimits perClient(int connections) {
        var standard = DownstreamLimits.STANDARD;
        return Setup.connections(standard.connections(), connections, standard.handshakes());
    }

    @Test
    void aClientHasAsManyConnectionsAsItMayAndOthersTheirs() {
        try (var door = new Door(List.of("*"), LOOPBACK, perClient(2));
                var one = door.connect();
                var two = door.connect();
                var three = door.connect();
                var other = door.connect()) {
            String alice = "PROXY TCP4 192.0.2.7 192.0.2.1 1 80\r\n";
            one.send(alice);
            two.send(alice);
            seen(door, one);
            seen(door, two);

            three.trySend(alice);
            three.awaitEnd();
            door.countsRefused("client_limit");
            other.send("PROXY TCP4 192.0.2.8 192.0.2.1 1 80\r\n");
            seen(door, other);

            one.hangUp();
            Await.until("a connection of the client to be free again", () -> {
                try (var again = door.connect()) {
                    again.trySend(alice + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                    return again.socket().getInputStream().read() == 'H';
                } catch (java.io.IOException closed) {
                    return false;
                }
            });
        }
    }

    @Test
    void handshakesBeyondTheLimitAreClosedAndThoseUnderWayGoOn() throws Exception {
        DownstreamLimits limits = Setup.connections(DownstreamLimits.STANDARD.connections(), 0, 1);
        List<RawClient> halfOpen = new ArrayList<>();
        try (var door = new Door(List.of(), List.of(), limits)) {
            Await.until("a half-open one is the only one", () -> {
                // one that is accepted beside the handshake below is refused itself: then the next one stays
                var open = RawClient.connect(door.gate.port("tls"));
                halfOpen.add(open);
                open.trySend(new byte[] {22, 3});
                try (SSLSocket refused = TlsClient.create().connect(door.gate.port("tls"))) {
                    return refused.isClosed();
                } catch (java.io.IOException closed) {
                    return true;
                }
            });
            halfOpen.forEach(RawClient::close);

            Await.until("another may come", () -> {
                try (SSLSocket next = TlsClient.create().connect(door.gate.port("tls"))) {
                    return next.getSession().isValid();
                } catch (java.io.IOException closed) {
                    return false;
                }
            });
        }
    }
}
