package dev.moorgate.dataplane.filter;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;

/**
 * A client's certificate that verified, as endpoints are told of it.
 *
 * @param field value of Client-Cert (RFC 9440): the certificate's DER in Base64 between colons
 * @param subject its distinguished name (RFC 4514), in ASCII
 */
public record ClientCertificate(String field, String subject) {
    static final String FIELD_NAME = "Client-Cert";
    static final String SUBJECT_NAME = "X-Client-Cert-Subject";

    public static ClientCertificate of(X509Certificate certificate) {
        try {
            return new ClientCertificate(
                    ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":",
                    inAscii(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253)));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read has an encoding", e);
        }
    }

    /** RFC 4514 2.4: any octet of the UTF-8 form may stand as a backslash and two hexadecimal digits. */
    private static String inAscii(String name) {
        var out = new StringBuilder(name.length());
        for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
            if (octet >= ' ' && octet < 127) {
                out.append((char) octet);
            } else {
                out.append('\\').append(HexFormat.of().withUpperCase().toHexDigits(octet));
            }
        }
        return out.toString();
    }
}
