package dev.moorgate.dataplane;

import dev.moorgate.dataplane.filter.ClientCertificate;
import dev.moorgate.dataplane.forward.client.Forwarder;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.listen.ConnectionStart;
import dev.moorgate.dataplane.listen.ListenSocket;
import dev.moorgate.dataplane.listen.proxy.ProxyHeaderReader;
import dev.moorgate.dataplane.listen.tls.TlsSession;
import dev.moorgate.dataplane.relay.Relays;
import dev.moorgate.routetable.Listener;
import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Where connections go when they are open: to the forwarder, or to the relays where their content is none of ours. */
record Starts(Forwarder forwarder, Relays relays) implements ConnectionStart {
    @Override
    public void start(Channel channel, ListenSocket socket, Optional<TlsSession> session) {
        Listener listener = socket.serving().listener();
        ClientFacts client = facts(channel, socket, session);
        if (listener.protocol() == Listener.Protocol.TLS) {
            relays.accept(channel, listener.name(), client, session.flatMap(TlsSession::serverName));
        } else {
            forwarder.accept(channel, listener.name(), client);
        }
    }

    @Override
    public void pass(Channel channel, ListenSocket socket, Optional<String> serverName) {
        ClientFacts client = facts(channel, socket, Optional.empty());
        relays.accept(channel, socket.serving().listener().name(), client, serverName);
    }

    @Override
    public void quic(QuicChannel channel, ListenSocket socket, TlsSession session) {
        var client = ClientFacts.secured(
                (InetSocketAddress) channel.remoteSocketAddress(),
                (InetSocketAddress) channel.localSocketAddress(),
                session.protocol(),
                host -> session.covers(host, socket.serving().tls()));
        forwarder.accept(channel, socket.serving().listener().name(), client);
    }

    private static ClientFacts facts(Channel channel, ListenSocket socket, Optional<TlsSession> session) {
        InetSocketAddress remote = ProxyHeaderReader.client(channel);
        var local = (InetSocketAddress) channel.localAddress();
        return session.map(done -> ClientFacts.secured(
                        remote,
                        local,
                        done.protocol(),
                        done.client().map(ClientCertificate::of).orElse(null),
                        host -> done.covers(host, socket.serving().tls())))
                .orElseGet(() -> ClientFacts.inClear(remote, local));
    }
}
