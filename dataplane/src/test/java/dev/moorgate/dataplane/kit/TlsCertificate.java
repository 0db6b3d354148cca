package dev.moorgate.dataplane.kit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A self-signed ECDSA certificate for one DNS name, made when a test asks for it. */
public record TlsCertificate(X509Bundle bundle) {

    public static TlsCertificate of(String name) {
        try {
            return new TlsCertificate(new CertificateBuilder()
                    .subject("CN=" + name)
                    .addSanDnsName(name)
                    .algorithm(CertificateBuilder.Algorithm.ecp256)
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public String certificatePem() {
        return bundle.getCertificatePEM();
    }

    public String keyPem() {
        return bundle.getPrivateKeyPEM();
    }

    /** What a server needs to show it. */
    SSLContext context() {
        try {
            KeyManagerFactory keys = bundle.toKeyManagerFactory();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
