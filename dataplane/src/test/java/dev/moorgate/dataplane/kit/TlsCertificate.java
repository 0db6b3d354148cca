package dev.moorgate.dataplane.kit;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Redacted;
import io.netty.handler.ssl.ApplicationProtocolConfig;
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
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

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

    /** As a certificate of a table. */
    public Certificate named(String id) {
        return new Certificate(id, certificatePem(), new Redacted(keyPem()));
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

    /** What a server of Netty's needs to show it, one that chooses among these protocols (ALPN). */
    public SslContext negotiatingContext(String... protocols) {
        try {
            return SslContextBuilder.forServer(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath())
                    .sslProvider(SslProvider.JDK)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            protocols))
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
        return context(null);
    }

    /** What a server needs to show it and to trust {@code client}. */
    SSLContext contextTrusting(TlsCertificate client) {
        return context(client.bundle.toTrustManagerFactory().getTrustManagers());
    }

    private SSLContext context(TrustManager @Nullable [] trust) {
        try {
            KeyManagerFactory keys = bundle.toKeyManagerFactory();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust, null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
