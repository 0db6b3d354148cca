package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.Policy;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * What a finished handshake settled.
 *
 * @param serverName that the client asked for, lower case
 * @param certificate id of the one that was shown
 * @param policy that it was shown under
 * @param protocol {@code TLSv1.3} or {@code TLSv1.2}
 * @param rule what was asked of clients
 * @param client its certificate, where it was asked for one and it verifies
 */
public record TlsSession(
        Optional<String> serverName,
        String certificate,
        Policy policy,
        String protocol,
        String cipher,
        Optional<ClientValidation> rule,
        Optional<X509Certificate> client) {

    /** Whether a certificate must be shown and the client has none that verifies, as in a session that is older than its end. */
    public boolean lacksCertificate() {
        return client.isEmpty() && rule.filter(ClientValidation::required).isPresent();
    }

    /**
     * Whether a request for {@code host} (lower case, no port) belongs on this connection, else 421 (RFC 9110 15.5.20): it is the
     * name that was asked for, or one of the same listener of the Gateway that the same certificate is shown for under the same
     * policy, and clients are asked for the same certificates as when the connection began. A client that named no host may ask for
     * any of its listener that has this policy.
     */
    public boolean covers(String host, Optional<ServerTls> tls) {
        if (tls.isEmpty()) {
            return serverName.filter(host::equals).isPresent();
        }
        ServerTls now = tls.get();
        if (!now.clients().equals(rule)) {
            return false;
        }
        if (serverName.filter(host::equals).isPresent()) {
            return true;
        }
        return now.isOneSection(serverName.orElse(""), host)
                && (serverName.isEmpty() ? now.speaks(policy, host) : now.shows(certificate, policy, host));
    }
}
