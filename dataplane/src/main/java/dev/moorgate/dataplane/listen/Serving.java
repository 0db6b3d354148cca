package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.proxy.ProxyRule;
import dev.moorgate.dataplane.listen.quic.QuicTerms;
import dev.moorgate.dataplane.listen.tls.ServerTls;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import java.util.Optional;

/**
 * What a socket serves at the moment: the listener of the installed table and its TLS.
 *
 * @param tls present exactly for HTTPS and TLS
 * @param proxy present where connections begin with a PROXY header
 * @param http3 present where HTTP/3 is offered beside what is spoken over TCP
 */
public record Serving(
        Listener listener,
        Optional<ServerTls> tls,
        DownstreamLimits limits,
        Optional<ProxyRule> proxy,
        Optional<QuicTerms> http3) {
    public Serving {
        if (tls.isPresent() != listener.tls().isPresent()) {
            throw new IllegalArgumentException("listener " + listener.name() + " and its TLS disagree");
        }
    }

    /** Without PROXY protocol and HTTP/3. */
    public Serving(Listener listener, Optional<ServerTls> tls, DownstreamLimits limits) {
        this(listener, tls, limits, Optional.empty(), Optional.empty());
    }

    SocketKey socket() {
        return SocketKey.of(listener);
    }
}
