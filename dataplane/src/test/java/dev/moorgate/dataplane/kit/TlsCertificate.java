package dev.moorgate.dataplane.kit;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

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

    /** What the proxy needs to show it, with the engine that it prefers. */
    SslContext serverContext() {
        try {
            return SslContextBuilder.forServer(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath())
                    .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a client needs to trust it. */
    SSLContext trustingContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, bundle.toTrustManagerFactory().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
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
