package dev.moorgate.dataplane.forward.http3;

import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TestClock;
import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.listen.quic.QuicTerms;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.RouteTable;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** The forwarding part alone behind a port of QUIC, with a clock that tests put forward. Takes every connection. */
final class Http3Proxy implements AutoCloseable {
    private static final QuicSslContext TLS = QuicSslContextBuilder.forServer(
                    Http3Gate.SHOP_CERTIFICATE.bundle().getKeyPair().getPrivate(),
                    null,
                    Http3Gate.SHOP_CERTIFICATE.bundle().getCertificatePath())
            .applicationProtocols("h3")
            .build();

    private final ProxyUnderTest proxy;
    private final QuicPort port;

    Http3Proxy(Setup setup) {
        proxy = ProxyUnderTest.start(table(setup), setup.endpoints());
        try {
            var opener = new QuicPort.Opener(
                    List.of(proxy.loop()), Epoll.isAvailable() ? EpollDatagramChannel::new : NioDatagramChannel::new);
            port = opener.open(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    false,
                    QuicTerms.of(setup.table().settings()),
                    channel -> TLS.newEngine(channel.alloc()),
                    new Handshaken());
        } catch (BindException e) {
            proxy.close();
            throw new IllegalStateException(e);
        }
        port.start();
    }

    private static RouteTable table(Setup setup) {
        var name = ServerName.terminated(HostPattern.exact(Http3Gate.SHOP), List.of("shop"));
        return Http3Gate.secured(
                setup.table(),
                new ListenerTls(
                        List.of(name), Optional.empty(), Optional.empty(), ListenerTls.Version.TLS_1_2, Http3Gate.ALPN),
                Http3Gate.SHOP_CERTIFICATE.named("shop"));
    }

    @Sharable
    private final class Handshaken extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
                var channel = (QuicChannel) ctx.channel();
                var client = ClientFacts.secured(
                        (InetSocketAddress) channel.remoteSocketAddress(),
                        (InetSocketAddress) channel.localSocketAddress(),
                        "TLSv1.3",
                        _ -> true);
                proxy.forwarder().accept(channel, Setup.LISTENER, client);
            }
            ctx.fireUserEventTriggered(event);
        }
    }

    ProxyUnderTest proxy() {
        return proxy;
    }

    TestClock clock() {
        return proxy.clock();
    }

    Http3TestClient connect() {
        return Http3TestClient.connect(port.localAddress(), Http3Gate.SHOP);
    }

    @Override
    public void close() {
        port.close();
        proxy.close();
    }
}
