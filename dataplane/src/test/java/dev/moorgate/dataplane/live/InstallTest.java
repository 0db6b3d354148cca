package dev.moorgate.dataplane.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.listen.Pki;
import dev.moorgate.dataplane.listen.Tables;
import dev.moorgate.dataplane.listen.TlsClient;
import dev.moorgate.dataplane.live.InstallResult.Applied;
import dev.moorgate.dataplane.live.InstallResult.Refused;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** H2, H4, H11: a table is in force as a whole, or refused as a whole and nothing changes. */
class InstallTest {

    @Test
    void aTableIsServedAndTheNextOneTakesItsPlace() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two")) {
            assertThat(gate.dataPlane().isReady()).isFalse();
            assertThat(gate.install(Setup.to(one))).isEqualTo(new Applied("test-1"));
            assertThat(gate.dataPlane().isReady()).isTrue();
            try (var client = gate.connect()) {
                assertThat(client.get("/").body()).isEqualTo("one");

                assertThat(gate.install(Setup.to(two))).isEqualTo(new Applied("test-2"));

                assertThat(client.get("/").body()).isEqualTo("two");
                assertThat(gate.dataPlane().live().installed().version()).isEqualTo("test-2");
            }
        }
    }

    @Test
    void endpointsChangeWithoutTheRoutes() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two")) {
            gate.install(Setup.to(one));
            try (var client = gate.connect()) {
                assertThat(client.get("/").body()).isEqualTo("one");

                gate.dataPlane().installEndpoints("scaled", Setup.to(two).endpoints());

                assertThat(client.get("/").body()).isEqualTo("two");
                Await.until("the idle connection to end", () -> one.openConnections() == 0);

                gate.dataPlane().installEndpoints("gone", EndpointTable.EMPTY);

                assertThat(client.get("/").status()).isEqualTo(503);
            }
        }
    }

    @Test
    void endpointsWithoutATableAreRefused() {
        try (var gate = new Gate()) {
            assertThat(gate.dataPlane().installEndpoints("early", EndpointTable.EMPTY))
                    .isEqualTo(new Refused("no table is installed"));
            assertThat(gate.dataPlane().isReady()).isFalse();
        }
    }

    private static void refused(RouteTable table, String reason) {
        try (var gate = new Gate();
                var upstream = ScriptedUpstream.answering("old")) {
            gate.install(Setup.to(upstream));
            try (var client = gate.connect()) {
                client.get("/");

                InstallResult result = gate.install(table, EndpointTable.EMPTY);

                assertThat(result)
                        .isInstanceOfSatisfying(
                                Refused.class,
                                refused -> assertThat(refused.reason())
                                        .contains(reason)
                                        .doesNotContain("\n"));
                assertThat(client.get("/").body()).isEqualTo("old");
                assertThat(gate.dataPlane().boundPorts()).containsOnlyKeys(Setup.LISTENER);
                assertThat(gate.dataPlane().live().installed().version()).isEqualTo("test-1");
            }
        }
    }

    @Test
    void aRegularExpressionThatIsNoneIsRefused() {
        var route = new Route(
                "bad",
                Setup.SOURCE,
                RouteMatch.path(RouteMatch.PathMatch.regex("/(a")),
                List.of(),
                Forward.NOWHERE,
                RoutePolicy.STANDARD);

        refused(Setup.toPorts().route(route).listener("other").table(), "bad");
    }

    @Test
    void aCertificateThatCannotBeReadIsRefused() {
        var bad = new Certificate("shop/tls", "nothing", new Redacted("nothing"));
        var listener = Tables.https("tls", 0, Tables.tls(Tables.name(HostPattern.ANY, "shop/tls")));

        refused(Tables.table(List.of(listener), bad), "certificate shop/tls cannot be read");
    }

    @Test
    void aTcpListenerIsRefused() {
        var listener = new Listener(
                "plain", Tables.SOURCE, Listener.Protocol.TCP, 9000, "127.0.0.1", 0, 9000, Optional.empty(), List.of());

        refused(Tables.table(List.of(listener)), "listener plain (Ingress shop/web): protocol TCP is not served yet");
    }

    @Test
    void aPortInUseIsRefused() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refused(
                    Tables.table(List.of(
                            Tables.http("fine", "127.0.0.1", 0),
                            Tables.http("taken", "127.0.0.1", taken.getLocalPort()))),
                    "listener taken (Ingress shop/web) cannot open 127.0.0.1:" + taken.getLocalPort()
                            + ": the port is already in use");
        }
    }

    @Test
    void aRequestOverTlsIsForwarded() throws IOException {
        try (var gate = new Gate();
                var upstream = ScriptedUpstream.answering("secret")) {
            RouteTable clear = Setup.to(upstream).settings(Gate.silent()).table();
            Listener web = clear.listeners().getFirst();
            var tls = Tables.tls(
                    Tables.name(HostPattern.exact("a.example"), "a"), Tables.name(HostPattern.exact("b.example"), "b"));
            var secure = new Listener(
                    "secure",
                    web.source(),
                    Listener.Protocol.HTTPS,
                    443,
                    "127.0.0.1",
                    0,
                    443,
                    Optional.of(tls),
                    web.virtualHosts());
            var table = new RouteTable(
                    clear.settings(),
                    List.of(secure),
                    clear.upstreams(),
                    List.of(),
                    List.of(Pki.certificate("a", "a"), Pki.certificate("b", "b")),
                    List.of());
            assertThat(gate.install(table, Setup.to(upstream).endpoints())).isInstanceOf(Applied.class);

            var client = new RawClient(TlsClient.create().name("a.example").connect(gate.port("secure")));
            client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("secret");
            client.send("GET / HTTP/1.1\r\nHost: b.example\r\n\r\n");
            assertThat(client.readAnswer().status()).isEqualTo(421);
            client.close();
        }
    }
}
