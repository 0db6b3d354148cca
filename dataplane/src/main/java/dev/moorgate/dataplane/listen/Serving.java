package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.proxy.ProxyRule;
import dev.moorgate.dataplane.listen.tls.ServerTls;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import java.util.Optional;

/**
 * What a socket serves at the moment: the listener of the installed table and its TLS.
 *
 * @param tls present exactly for HTTPS and TLS
 * @param proxy present where connections begin with a PROXY header
 */
public record Serving(Listener listener, Optional<ServerTls> tls, DownstreamLimits limits, Optional<ProxyRule> proxy) {
    public Serving {
        if (tls.isPresent() != listener.tls().isPresent()) {
            throw new IllegalArgumentException("listener " + listener.name() + " and its TLS disagree");
        }
    }

    /** Without PROXY protocol. */
    public Serving(Listener listener, Optional<ServerTls> tls, DownstreamLimits limits) {
        this(listener, tls, limits, Optional.empty());
    }

    SocketKey socket() {
        return SocketKey.of(listener);
    }
}
