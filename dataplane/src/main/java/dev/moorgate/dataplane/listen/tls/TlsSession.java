package dev.moorgate.dataplane.listen.tls;

import java.util.Optional;

/**
 * What a finished handshake settled.
 *
 * @param serverName that the client asked for, lower case
 * @param certificate id of the one that was shown
 * @param protocol {@code TLSv1.3} or {@code TLSv1.2}
 */
public record TlsSession(Optional<String> serverName, String certificate, String protocol, String cipher) {

    /**
     * Whether a request for {@code host} (lower case, no port) belongs on this connection, else 421 (RFC 9110 15.5.20): it is the
     * name that was asked for, or one that the same certificate is shown for. A client that named no host may ask for any.
     */
    public boolean covers(String host, Optional<ServerTls> tls) {
        return serverName.isEmpty()
                || serverName.get().equals(host)
                || tls.isPresent() && tls.get().shows(certificate, host);
    }
}
