package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.RouteTable;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** C8, C9: slow, unfinished and foreign first bytes on a TLS port. */
class SlowHandshakeTest {

    private static RouteTable table(Duration handshake) {
        var listener = Tables.https("tls", 0, Tables.tls(Tables.name(HostPattern.ANY, "a")));
        return Tables.table(Tables.limits(handshake, 1000), List.of(listener), Pki.certificate("a", "a"));
    }

    @Test
    void aHelloInSingleBytesIsServed() throws Exception {
        try (var fixture = new ListenFixture();
                var trickle = new TricklingProxy()) {
            fixture.install(table(Duration.ofSeconds(60)));
            trickle.to(fixture.port("tls"));
            try (var socket = TlsClient.create().name("a.example").connect(trickle.port())) {
                assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
            }
        }
    }

    @Test
    void unfinishedHandshakesAreClosedInTimeAndDelayNobody() throws Exception {
        try (var fixture = new ListenFixture()) {
            fixture.install(table(Duration.ofSeconds(5)));
            var halfOpen = new ArrayList<Socket>();
            for (int i = 0; i < 100; i++) {
                Socket socket = fixture.connect("tls");
                socket.getOutputStream().write(HexFormat.of().parseHex(i % 2 == 0 ? "16030100" : "16030100c8010000"));
                halfOpen.add(socket);
            }

            assertThat(TlsClient.create().name("a.example").shownAt(fixture.port("tls")))
                    .isEqualTo("a");

            for (Socket socket : halfOpen) {
                assertThat(isClosed(socket)).isTrue();
                socket.close();
            }
            assertThat(ListenFixture.eventually(() -> fixture.handshakeFailures.size() == 100))
                    .isTrue();
            assertThat(fixture.handshakeFailures).containsOnly("timeout");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a",
                "000000000000000000000000",
                "160301000402000000",
                "1803020003014000",
                "140301000101",
                "15030100020228",
                "1603010006010000020303",
                "802e0100020015000000100000000000000000000000000000000000000000000000000000000000000000000000000000"
            })
    void foreignBytesAreAnsweredWithAnAlertOrNothing(String hex) throws Exception {
        try (var fixture = new ListenFixture()) {
            fixture.install(table(Duration.ofSeconds(60)));
            try (Socket socket = fixture.connect("tls")) {
                socket.getOutputStream().write(HexFormat.of().parseHex(hex));
                byte[] answer = readAll(socket);
                assertThat(answer.length).isIn(0, 7);
            }
            assertThat(ListenFixture.eventually(() -> fixture.handshakeFailures.size() == 1))
                    .isTrue();

            assertThat(TlsClient.create().name("a.example").shownAt(fixture.port("tls")))
                    .isEqualTo("a");
        }
    }

    private static boolean isClosed(Socket socket) throws IOException {
        return readAll(socket).length == 0;
    }

    private static byte[] readAll(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            return new byte[0];
        }
    }
}
