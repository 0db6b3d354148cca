package dev.moorgate.dataplane.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.util.Optional;

/** A new connection's first moment on its event loop: straight to its start in clear, to the ClientHello under TLS. */
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
        if (serving.tls().isPresent()) {
            var outcome = new HandshakeOutcome(socket, intake);
            channel.pipeline()
                    .addLast(
                            "hello",
                            new HelloReader(socket, outcome, serving.limits().handshake()))
                    .addLast("handshake", outcome);
        } else {
            intake.start().start(channel, socket, Optional.empty());
        }
    }
}
