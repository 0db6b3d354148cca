package dev.moorgate.routetable;

import java.util.List;
import java.util.Optional;

/**
 * TLS on a listener.
 *
 * @param serverNames by precedence of their patterns; a name that none covers gets {@code fallback}
 * @param fallback certificate id for absent or unknown server names; absent: they are refused with an alert
 */
public record ListenerTls(
        Mode mode,
        List<ServerName> serverNames,
        Optional<String> fallback,
        Optional<ClientValidation> clientValidation,
        Version minVersion,
        List<String> alpn) {
    /** TERMINATE decrypts here; PASSTHROUGH routes by server name and forwards the bytes. */
    public enum Mode {
        TERMINATE,
        PASSTHROUGH
    }

    /** Lowest TLS version that is accepted. */
    public enum Version {
        TLS_1_2,
        TLS_1_3
    }

    public ListenerTls {
        serverNames = Checks.unique(serverNames, name -> name.host().kind() + " " + name.host(), "server names");
        alpn = List.copyOf(alpn);
    }

    /**
     * The certificates of a server name.
     *
     * @param certificates ids, at most one a key algorithm; empty: the name's certificate is broken, its handshakes are closed
     */
    public record ServerName(HostPattern host, List<String> certificates) {
        public ServerName {
            certificates = List.copyOf(certificates);
        }
    }

    /** Certificates that clients must or may show (Gateway API spec.tls.frontend). */
    public record ClientValidation(String caCertificates, boolean required) {
        public ClientValidation {
            Checks.notBlank(caCertificates, "caCertificates");
        }
    }
}
