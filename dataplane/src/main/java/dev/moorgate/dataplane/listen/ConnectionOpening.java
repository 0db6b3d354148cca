package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.proxy.ProxyHeaderReader;
import dev.moorgate.dataplane.listen.proxy.ProxyRule;
import dev.moorgate.dataplane.listen.tls.HandshakeFailure;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * A new connection's first moment on its event loop: to its PROXY header where the listener asks for one, then straight to its start
 * in clear, to the ClientHello under TLS.
 */
final class ConnectionOpening extends ChannelInitializer<Channel> {
    private final ListenSocket socket;
    private final Intake intake;

    ConnectionOpening(ListenSocket socket, Intake intake) {
        this.socket = socket;
        this.intake = intake;
    }

    @Override
    protected void initChannel(Channel channel) {
        Serving serving = socket.serving();
        Optional<ProxyRule> rule = serving.proxy();
        if (rule.isEmpty()) {
            open(channel);
        } else if (channel.remoteAddress() instanceof InetSocketAddress peer
                && rule.get().trusts(peer)) {
            channel.pipeline()
                    .addLast(
                            "proxy",
                            new ProxyHeaderReader(
                                    serving.limits().handshake(),
                                    this::open,
                                    reason -> intake.observer()
                                            .refused(serving.listener().name(), reason)));
        } else {
            refuse(channel, "proxy_source");
        }
    }

    private void open(Channel channel) {
        Serving serving = socket.serving();
        DownstreamLimits limits = serving.limits();
        if (limits.connectionsPerClient() > 0) {
            InetAddress client = ProxyHeaderReader.client(channel).getAddress();
            if (!socket.clients().enter(client, limits.connectionsPerClient())) {
                refuse(channel, "client_limit");
                return;
            }
            channel.closeFuture().addListener(closed -> socket.clients().leave(client));
        }
        if (serving.tls().isEmpty()) {
            intake.start().start(channel, socket, Optional.empty());
        } else if (intake.handshakes().incrementAndGet() > limits.handshakes()) {
            intake.handshakes().decrementAndGet();
            intake.observer().handshakeFailed(serving.listener().name(), HandshakeFailure.TOO_MANY.word());
            var _ = channel.close();
        } else {
            var outcome = new HandshakeOutcome(socket, intake);
            channel.pipeline()
                    .addLast("hello", new HelloReader(socket, outcome, limits.handshake()))
                    .addLast("handshake", outcome);
        }
    }

    private void refuse(Channel channel, String reason) {
        intake.observer().refused(socket.serving().listener().name(), reason);
        var _ = channel.close();
    }
}
