package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** H11: a socket that cannot be opened refuses the whole table in one clear line, and nothing else changes. */
class BindFailureTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    /** No other test opens anything here, so that a free port stays free. */
    private static final InetAddress QUIET = InetAddress.ofLiteral("127.0.0.77");

    @ParameterizedTest(name = "native transport: {0}")
    @ValueSource(booleans = {true, false})
    void aPortInUseIsNamedAndNothingIsHalfOpen(boolean nativeTransport) throws IOException {
        try (var fixture = new ListenFixture(1, nativeTransport);
                var taken = new ServerSocket(0, 1, LOOPBACK)) {
            fixture.install(Tables.table(List.of(Tables.http("old", "127.0.0.1", 0))));
            int free = ListenerDiffTest.freePort();

            Preparation result = fixture.prepare(Tables.table(List.of(
                    Tables.http("fine", QUIET.getHostAddress(), free),
                    Tables.http("taken", "127.0.0.1", taken.getLocalPort()))));

            assertThat(result).isInstanceOf(BindFailure.class);
            assertThat(result.toString())
                    .isEqualTo("listener taken (Ingress shop/web) cannot open 127.0.0.1:" + taken.getLocalPort()
                            + ": the port is already in use");
            // NIO gives the socket back with the selector's next turn
            Await.until("the other socket to be closed", () -> isRefused(free));
            assertThat(ListenFixture.echo(fixture.connect("old"), "hello")).isEqualTo("hello");
        }
    }

    private static boolean isRefused(int port) {
        try (Socket open = ListenFixture.connect(QUIET, port)) {
            return !open.isConnected();
        } catch (ConnectException e) {
            return true;
        } catch (SocketException e) {
            // it came while the socket was being closed
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aSocketThatMadeWayIsOpenedAgainWhenTheTableIsRefused() throws IOException {
        int port = ListenerDiffTest.freePort();
        try (var fixture = new ListenFixture();
                var taken = new ServerSocket(0, 1, LOOPBACK)) {
            fixture.install(Tables.table(List.of(Tables.http("all", "", port))));

            Preparation result = fixture.prepare(Tables.table(List.of(
                    Tables.http("one", "127.0.0.1", port), Tables.http("taken", "127.0.0.1", taken.getLocalPort()))));

            assertThat(result).isInstanceOf(BindFailure.class);
            assertThat(ListenFixture.echo(fixture.connect("all"), "hello")).isEqualTo("hello");
        }
    }

    /** Fault G3: the first event loop has its socket, the second has none. */
    @Test
    void withoutADescriptorForHttp3NothingIsHalfOpen() throws IOException {
        var tls = new ListenerTls(
                List.of(Tables.name(HostPattern.ANY, "a")),
                Optional.empty(),
                Optional.empty(),
                ListenerTls.Version.TLS_1_2,
                List.of("h3", "http/1.1"));
        var table =
                Tables.table(List.of(Tables.https("web", ListenerDiffTest.freePort(), tls)), Pki.certificate("a", "a"));
        try (var fixture = new ListenFixture(2, true)) {
            fixture.datagramsLeft.set(1);

            Preparation result = fixture.prepare(table);

            assertThat(result).isInstanceOf(BindFailure.class);
            assertThat(result.toString()).endsWith(": Too many open files");
            fixture.datagramsLeft.set(2);
            fixture.install(table);
            assertThat(TlsClient.create().shownAt(fixture.port("web"))).isEqualTo("a");
        }
    }

    @Test
    void anAddressOfAnotherMachineIsNamed() {
        try (var fixture = new ListenFixture()) {
            Preparation result = fixture.prepare(Tables.table(List.of(Tables.http("far", "192.0.2.1", 0))));

            assertThat(result.toString()).endsWith("this machine does not have the address");
        }
    }

    @Test
    void twoListenersOfOneSocketAreRefused() throws IOException {
        int port = ListenerDiffTest.freePort();
        try (var fixture = new ListenFixture()) {
            Preparation result = fixture.prepare(
                    Tables.table(List.of(Tables.http("a", "127.0.0.1", port), Tables.http("b", "127.0.0.1", port))));

            assertThat(result.toString()).endsWith(": listener a opens it too");
        }
    }
}
