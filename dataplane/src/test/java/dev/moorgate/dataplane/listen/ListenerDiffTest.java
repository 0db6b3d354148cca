package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.VirtualHost;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets open and close by the difference of two tables, and by nothing else. */
class ListenerDiffTest {

    @ParameterizedTest(name = "native transport: {0}")
    @ValueSource(booleans = {true, false})
    void changedHostsKeepTheSocketAndItsConnections(boolean nativeTransport) throws IOException {
        try (var fixture = new ListenFixture(2, nativeTransport)) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", 0))));
            int port = fixture.port("web");
            try (Socket before = fixture.connect("web")) {
                ListenFixture.echo(before, "one");

                fixture.install(Tables.table(List.of(withHost("web"))));

                assertThat(fixture.port("web")).isEqualTo(port);
                assertThat(ListenFixture.echo(before, "two")).isEqualTo("two");
                try (Socket after = fixture.connect("web")) {
                    assertThat(ListenFixture.echo(after, "three")).isEqualTo("three");
                }
            }
        }
    }

    private static Listener withHost(String name) {
        var host = new VirtualHost(HostPattern.exact("a"), "", List.of(), VirtualHost.Unmatched.NOT_FOUND);
        return new Listener(
                name, Tables.SOURCE, Listener.Protocol.HTTP, 80, "127.0.0.1", 0, 80, Optional.empty(), List.of(host));
    }

    @Test
    void aListenerThatIsGoneIsClosedAndItsConnectionsStay() throws IOException {
        try (var fixture = new ListenFixture()) {
            // an address of its own: nobody else's socket may get the port that is given up
            fixture.install(
                    Tables.table(List.of(Tables.http("old", "127.9.1.1", 0), Tables.http("kept", "127.9.1.1", 0))));
            int port = fixture.port("old");
            InetAddress address = InetAddress.ofLiteral("127.9.1.1");
            try (Socket open = ListenFixture.connect(address, port)) {
                ListenFixture.echo(open, "one");

                fixture.install(Tables.table(List.of(Tables.http("kept", "127.9.1.1", 0))));

                assertThatThrownBy(() -> ListenFixture.connect(address, port)).isInstanceOf(ConnectException.class);
                assertThat(ListenFixture.echo(open, "two")).isEqualTo("two");
                assertThat(fixture.listeners.connections()).isEqualTo(1);
                assertThat(fixture.listeners.byListener()).containsOnlyKeys("kept");
            }
        }
    }

    @Test
    void aRenamedListenerKeepsItsSocket() throws IOException {
        int port = freePort();
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("one", "127.0.0.1", port))));
            try (Socket open = fixture.connect("one")) {
                fixture.install(Tables.table(List.of(Tables.http("two", "127.0.0.1", port))));

                assertThat(ListenFixture.echo(open, "hello")).isEqualTo("hello");
                assertThat(fixture.port("two")).isEqualTo(port);
            }
        }
    }

    @Test
    void oneAddressTakesThePlaceOfAllOnTheSamePort() throws IOException {
        int port = freePort();
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("web", "", port))));

            fixture.install(
                    Tables.table(List.of(Tables.http("a", "127.0.0.1", port), Tables.http("b", "127.0.0.2", port))));

            assertThat(ListenFixture.echo(fixture.connect("a"), "a")).isEqualTo("a");
            assertThat(ListenFixture.echo(ListenFixture.connect(InetAddress.ofLiteral("127.0.0.2"), port), "b"))
                    .isEqualTo("b");
        }
    }

    @Test
    void clearAndTlsChangePlacesOnOneSocketWithoutMixing() throws IOException {
        int port = freePort();
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", port))));
            try (Socket clear = fixture.connect("web")) {
                ListenFixture.echo(clear, "one");

                fixture.install(Tables.table(
                        List.of(Tables.https("web", port, Tables.tls(Tables.name(HostPattern.ANY, "a")))),
                        Pki.certificate("a", "a")));

                assertThat(clear.getInputStream().read()).as("end of stream").isEqualTo(-1);
                assertThat(TlsClient.create().shownAt(port)).isEqualTo("a");
            }
        }
    }

    /** A loop that is busy has not registered it when the protocol changes. */
    @Test
    void aConnectionThatComesInWithTheChangeSpeaksTheNewProtocol() throws Exception {
        int port = freePort();
        try (var fixture = new ListenFixture(1, Epoll.isAvailable())) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", port))));
            var release = new CountDownLatch(1);
            fixture.block(release);
            try (Socket early = fixture.connect("web")) {
                Await.until("it to be accepted", () -> fixture.listeners.connections() == 1);

                fixture.install(Tables.table(
                        List.of(Tables.https("web", port, Tables.tls(Tables.name(HostPattern.ANY, "a")))),
                        Pki.certificate("a", "a")));
                release.countDown();

                var secured = (SSLSocket)
                        TlsClient.create().context().getSocketFactory().createSocket(early, "127.0.0.1", port, false);
                secured.startHandshake();
                assertThat(TlsClient.shown(secured)).isEqualTo("a");
            } finally {
                release.countDown();
            }
        }
    }

    @Test
    void aConnectionWithoutAnEventLoopStopsNoChange() throws IOException {
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", 0))));
            ListenSocket socket = fixture.listeners.byListener().get("web");
            var accepted = new NioSocketChannel();
            socket.add(accepted);

            assertThatCode(socket::closeConnections).doesNotThrowAnyException();

            assertThat(accepted.isOpen()).isTrue();
            socket.remove(accepted);
            accepted.unsafe().closeForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void anEmptyAddressTakesBothFamilies(String address) throws IOException {
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("web", "", 0))));

            try (Socket socket = ListenFixture.connect(InetAddress.ofLiteral(address), fixture.port("web"))) {
                assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
            }
        }
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
