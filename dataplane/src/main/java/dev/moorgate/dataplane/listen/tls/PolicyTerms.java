package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.ListenerTls.Policy;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a TLS policy comes to. ECDHE only: no other exchange of keys has forward secrecy, and none has a suite here.
 *
 * @param suites in our order of preference
 * @param groups in our order of preference, as {@code SSLParameters} names them
 */
record PolicyTerms(boolean isTls13Only, Set<Suite> suites, List<String> groups) {
    private static final List<String> HYBRID = List.of("X25519MLKEM768", "x25519");

    private static final Set<Suite> TLS_1_3 = EnumSet.range(Suite.AES_128, Suite.CHACHA20);
    private static final Set<Suite> AEAD = EnumSet.range(Suite.AES_128, Suite.RSA_CHACHA20);

    private static final PolicyTerms MODERN = new PolicyTerms(true, TLS_1_3, groups("secp256r1", "secp384r1"));
    private static final PolicyTerms INTERMEDIATE =
            new PolicyTerms(false, AEAD, groups("secp256r1", "secp384r1", "secp521r1"));
    private static final PolicyTerms COMPATIBLE =
            new PolicyTerms(false, EnumSet.allOf(Suite.class), INTERMEDIATE.groups());
    private static final PolicyTerms NIST = new PolicyTerms(
            false,
            EnumSet.of(
                    Suite.AES_128,
                    Suite.AES_256,
                    Suite.ECDSA_AES_128,
                    Suite.RSA_AES_128,
                    Suite.ECDSA_AES_256,
                    Suite.RSA_AES_256),
            List.of("secp256r1", "secp384r1", "secp521r1"));

    /** The suites of all policies, in order of preference; BoringSSL's choice among those of TLS 1.3 is its own. */
    enum Suite {
        AES_128("TLS_AES_128_GCM_SHA256", 0x1301),
        AES_256("TLS_AES_256_GCM_SHA384", 0x1302),
        CHACHA20("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
        ECDSA_AES_128("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02B),
        RSA_AES_128("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC02F),
        ECDSA_AES_256("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xC02C),
        RSA_AES_256("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xC030),
        ECDSA_CHACHA20("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA9),
        RSA_CHACHA20("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA8),
        ECDSA_AES_128_CBC("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xC009),
        RSA_AES_128_CBC("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xC013),
        ECDSA_AES_256_CBC("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", 0xC00A),
        RSA_AES_256_CBC("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 0xC014);

        private final String standardName;
        private final int code;

        Suite(String standardName, int code) {
            this.standardName = standardName;
            this.code = code;
        }

        /** As the JDK and RFCs call it. */
        String standardName() {
            return standardName;
        }

        private boolean isTls13() {
            return TLS_1_3.contains(this);
        }

        private boolean isEcdsa() {
            return standardName.startsWith("TLS_ECDHE_ECDSA_");
        }
    }

    PolicyTerms {
        suites = Collections.unmodifiableSet(suites);
        groups = List.copyOf(groups);
    }

    static PolicyTerms of(Policy policy) {
        return switch (policy) {
            case MODERN -> MODERN;
            case INTERMEDIATE -> INTERMEDIATE;
            case COMPATIBLE -> COMPATIBLE;
            case NIST -> NIST;
        };
    }

    private static List<String> groups(String... classic) {
        return Stream.concat(HYBRID.stream(), Arrays.stream(classic)).toList();
    }

    List<String> suiteNames() {
        return suites.stream().map(Suite::standardName).toList();
    }

    /** Whether the client knows a suite of ours for TLS 1.2 and a certificate with an ECDSA key. */
    boolean serveEcdsa12(ClientHello hello) {
        return suites.stream()
                .anyMatch(suite -> suite.isEcdsa() && hello.cipherSuites().contains(suite.code));
    }

    /** Whether any suite of TLS 1.3 will do: QUIC's engine cannot be told which. */
    boolean takesAnyTls13() {
        return suites.containsAll(TLS_1_3);
    }

    /** Whether the client knows a suite of ours for TLS 1.3: BoringSSL would take any. */
    boolean serveTls13(ClientHello hello) {
        return suites.stream()
                .anyMatch(suite -> suite.isTls13() && hello.cipherSuites().contains(suite.code));
    }
}
