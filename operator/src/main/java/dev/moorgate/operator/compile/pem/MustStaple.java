package dev.moorgate.operator.compile.pem;

import dev.moorgate.operator.compile.pem.KeyPairs.Staple;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;

/** Reads what a chain asks of OCSP stapling, as far as a notice needs it. */
final class MustStaple {
    private static final String TLS_FEATURE = "1.3.6.1.5.5.7.1.24";
    private static final String AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1";
    /** The INTEGER status_request in DER. */
    private static final String STATUS_REQUEST = "\2\1\5";
    /** The OID id-ad-ocsp in DER, and the name of an HTTP responder behind it: [6], length, text. */
    private static final String OCSP = "\6\10+\6\1\5\5\0070\1\u0086";

    private MustStaple() {}

    static Staple of(List<X509Certificate> chain) {
        X509Certificate leaf = chain.getFirst();
        if (!extension(leaf, TLS_FEATURE).contains(STATUS_REQUEST)) {
            return Staple.NOT_ASKED;
        }
        String access = extension(leaf, AUTHORITY_INFORMATION_ACCESS);
        int responder = access.indexOf(OCSP);
        boolean isHttp = responder >= 0 && access.startsWith("http:", responder + OCSP.length() + 1);
        boolean hasIssuer = chain.size() > 1
                && leaf.getIssuerX500Principal().equals(chain.get(1).getSubjectX500Principal());
        return isHttp && hasIssuer ? Staple.ASKED : Staple.ASKED_IN_VAIN;
    }

    /** A char a byte; empty where it has none. */
    private static String extension(X509Certificate certificate, String oid) {
        byte[] value = certificate.getExtensionValue(oid);
        return value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
    }
}
