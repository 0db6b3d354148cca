package dev.moorgate.e2e.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.net.ssl.KeyManager;

/** A self-signed certificate for one host, or of one client. */
public final class Certificates {
    private final X509Bundle bundle;

    public Certificates(String host) throws Exception {
        bundle = new CertificateBuilder()
                .subject("CN=" + host)
                .addSanDnsName(host)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    public BigInteger serial() {
        return bundle.getCertificate().getSerialNumber();
    }

    /** The Secret as a manifest. */
    public String secret(String name) {
        return secret(name, bundle.getCertificatePathPEM(), bundle.getPrivateKeyPEM());
    }

    static String secret(String name, String chain, String key) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: %s}
                type: kubernetes.io/tls
                data:
                  tls.crt: %s
                  tls.key: %s
                """.formatted(name, base64(chain), base64(key));
    }

    /** The certificate alone. */
    public String pem() {
        return bundle.getCertificatePEM();
    }

    /** A ConfigMap with the certificate as an authority. */
    public String authority(String name) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: %s}
                data:
                  ca.crt: |
                %s
                """.formatted(name, pem().strip().indent(4));
    }

    /** For the handshake of whoever shows it. */
    KeyManager[] keyManagers() throws GeneralSecurityException {
        return bundle.toKeyManagerFactory().getKeyManagers();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }
}
