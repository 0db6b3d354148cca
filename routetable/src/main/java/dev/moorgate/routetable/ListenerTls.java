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
        List<ServerName> serverNames,
        Optional<String> fallback,
        Optional<ClientValidation> clientValidation,
        Version minVersion,
        List<String> alpn) {
    /** TERMINATE decrypts here; PASSTHROUGH forwards the bytes as they came. */
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

    /** Whether connections for one of the names are forwarded as they came. */
    public boolean isPassing() {
        return serverNames.stream().anyMatch(name -> name.mode() == Mode.PASSTHROUGH);
    }

    /**
     * What becomes of connections for a server name.
     *
     * @param certificates ids, at most one a key algorithm; empty where TLS is terminated: the name's certificate is broken, its
     *     handshakes are closed
     */
    public record ServerName(HostPattern host, Mode mode, List<String> certificates) {
        public ServerName {
            certificates = List.copyOf(certificates);
            Checks.require(
                    mode == Mode.TERMINATE || certificates.isEmpty(),
                    "server name " + host + " is passed through: it has no certificates");
        }

        public static ServerName terminated(HostPattern host, List<String> certificates) {
            return new ServerName(host, Mode.TERMINATE, certificates);
        }

        public static ServerName passedThrough(HostPattern host) {
            return new ServerName(host, Mode.PASSTHROUGH, List.of());
        }
    }

    /** Certificates that clients must or may show (Gateway API spec.tls.frontend). */
    public record ClientValidation(String caCertificates, boolean required) {
        public ClientValidation {
            Checks.notBlank(caCertificates, "caCertificates");
        }
    }
}
