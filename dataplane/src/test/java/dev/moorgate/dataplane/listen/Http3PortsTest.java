package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.listen.quic.QuicTerms;
import dev.moorgate.dataplane.listen.tls.TlsStore;
import dev.moorgate.dataplane.observe.ConnectionObserver;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The port of a listener that goes stays open for its last connections, and is used on where the listener comes back. */
class Http3PortsTest {
    private static final ConnectionStart NOWHERE = (channel, socket, session) -> {
        var _ = channel.close();
    };

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final TlsStore store =
            new TlsStore(System::currentTimeMillis, ListenFixture.stapling(System::currentTimeMillis));
    private final Http3Ports ports = new Http3Ports(
            new QuicPort.Opener(loops, NioDatagramChannel::new),
            new Intake(
                    new LoopLoad(loops),
                    new SpareDescriptors(),
                    NOWHERE,
                    ConnectionObserver.NONE,
                    () -> false,
                    new AtomicInteger()));
    private final QuicTerms terms = QuicTerms.of(ProxySettings.STANDARD);

    @AfterEach
    void close() {
        ports.close();
        store.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private ListenSocket socket() {
        Listener listener = Tables.https("web", 0, Tables.tls(Tables.name(HostPattern.ANY, "a")));
        var table = Tables.table(List.of(listener), Pki.certificate("a", "a"));
        if (!(store.prepare(table) instanceof TlsStore.Outcome.Ready ready)) {
            throw new AssertionError("its certificate is refused");
        }
        var serving = new Serving(
                listener, ready.next().of("web"), table.settings().limits(), Optional.empty(), Optional.of(terms));
        return new ListenSocket(serving.socket(), serving);
    }

    /** As it is while its listener is gone and one connection is left. */
    private Http3Port lingering(ListenSocket socket) throws Exception {
        Http3Port port = ports.open(socket, terms);
        ports.swap(Map.of(socket.key(), socket), Map.of(socket.key(), port));
        port.enter();
        ports.swap(Map.of(), Map.of());
        return port;
    }

    @Test
    void aPortWhoseLastConnectionGoesDuringTheChangeIsUsedOn() throws Exception {
        ListenSocket socket = socket();
        Http3Port port = lingering(socket);

        Http3Port held = ports.hold(socket.key());
        port.leave();
        ports.swap(Map.of(socket.key(), socket), Map.of());
        port.leave();

        assertThat(held).isSameAs(port);
        assertThat(port.isClosed()).isFalse();
        assertThat(port.isAccepting()).isTrue();
        assertThat(ports.byListener()).containsOnlyKeys("web");
    }

    @Test
    void aPortThatIsHeldForARefusedTableClosesBehindIt() throws Exception {
        ListenSocket socket = socket();
        Http3Port port = lingering(socket);
        ports.hold(socket.key());
        port.leave();
        assertThat(port.isClosed()).isFalse();

        port.leave();

        assertThat(port.isClosed()).isTrue();
        assertThat(port.hold()).isFalse();
        assertThat(port.accept(socket)).isFalse();
        assertThat(ports.hold(socket.key())).isNull();
    }
}
