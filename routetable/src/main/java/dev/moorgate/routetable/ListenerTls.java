package dev.moorgate.routetable;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * TLS on a listener.
 *
 * @param serverNames by precedence of their patterns; a name that none covers gets {@code fallback}
 * @param fallback certificate id for absent or unknown server names; absent: they are refused with an alert
 * @param minVersion holds whatever a policy says
 * @param policy of names that have none of their own; absent: {@link Policy#INTERMEDIATE}
 */
public record ListenerTls(
        List<ServerName> serverNames,
        Optional<String> fallback,
        Optional<ClientValidation> clientValidation,
        Version minVersion,
        List<String> alpn,
        Optional<Policy> policy) {
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

    /** Versions, suites and groups by one name, each with forward secrecy; what they come to stands in docs/tls.md. */
    public enum Policy {
        /** TLS 1.3 alone. */
        MODERN,
        /** TLS 1.3 and 1.2 with AEAD: the standard. */
        INTERMEDIATE,
        /** As before, and CBC suites for clients that know no AEAD. */
        COMPATIBLE,
        /** Of INTERMEDIATE, what NIST SP 800-52 has: AES-GCM on the curves of NIST. */
        NIST;

        private final String word = name().toLowerCase(Locale.ROOT);

        /** As people write it. */
        public String word() {
            return word;
        }

        public static Optional<Policy> of(String word) {
            return Arrays.stream(values())
                    .filter(policy -> policy.word.equals(word))
                    .findFirst();
        }

        /** All of them, for messages. */
        public static String words() {
            return Arrays.stream(values()).map(Policy::word).collect(Collectors.joining(", "));
        }
    }

    /** With the standard policy. */
    public ListenerTls(
            List<ServerName> serverNames,
            Optional<String> fallback,
            Optional<ClientValidation> clientValidation,
            Version minVersion,
            List<String> alpn) {
        this(serverNames, fallback, clientValidation, minVersion, alpn, Optional.empty());
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
     * @param policy absent: that of the listener
     */
    public record ServerName(HostPattern host, Mode mode, List<String> certificates, Optional<Policy> policy) {
        public ServerName {
            certificates = List.copyOf(certificates);
            Checks.require(
                    mode == Mode.TERMINATE || certificates.isEmpty() && policy.isEmpty(),
                    "server name " + host + " is passed through: it has neither certificates nor a policy");
        }

        /** With the listener's policy. */
        public static ServerName terminated(HostPattern host, List<String> certificates) {
            return terminated(host, certificates, Optional.empty());
        }

        public static ServerName terminated(HostPattern host, List<String> certificates, Optional<Policy> policy) {
            return new ServerName(host, Mode.TERMINATE, certificates, policy);
        }

        public static ServerName passedThrough(HostPattern host) {
            return new ServerName(host, Mode.PASSTHROUGH, List.of(), Optional.empty());
        }
    }

    /** Certificates that clients must or may show (Gateway API spec.tls.frontend). */
    public record ClientValidation(String caCertificates, boolean required) {
        public ClientValidation {
            Checks.notBlank(caCertificates, "caCertificates");
        }
    }
}
