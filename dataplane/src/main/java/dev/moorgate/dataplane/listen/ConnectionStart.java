package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.tls.TlsSession;
import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import java.util.Optional;

/**
 * Takes over a connection: called on its event loop once it is open and, where the listener has TLS, its handshake is done. The
 * handlers that it adds see channelActive afterwards, in either case.
 */
@FunctionalInterface
public interface ConnectionStart {
    void start(Channel channel, ListenSocket socket, Optional<TlsSession> session);

    /** Takes over a connection of QUIC whose handshake is done; its first stream comes afterwards. */
    default void quic(QuicChannel channel, ListenSocket socket, TlsSession session) {
        throw new UnsupportedOperationException("nothing here speaks HTTP/3");
    }

    /** Takes over a connection whose TLS is passed through: its handlers read the ClientHello again, untouched. */
    default void pass(Channel channel, ListenSocket socket, Optional<String> serverName) {
        throw new UnsupportedOperationException("nothing here passes connections through");
    }
}
