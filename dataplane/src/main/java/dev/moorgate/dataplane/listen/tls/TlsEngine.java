package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.ListenerTls.Version;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import io.netty.handler.ssl.util.TrustManagerFactoryWrapper;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/** Contexts with the policy of the house: TLS 1.3 and 1.2, ECDHE and AEAD only; BoringSSL, else the JDK's engine. */
final class TlsEngine {
    static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    private TlsEngine() {}

    static SslContext context(TlsContext.Rule rule, KeyMaterial material, Optional<ClientTrust> clients)
            throws SSLException {
        return context(rule, material, clients, OpenSsl.isAvailable());
    }

    static SslContext context(TlsContext.Rule rule, KeyMaterial material, Optional<ClientTrust> clients, boolean boring)
            throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(keys(material, boring))
                .sslProvider(boring ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(negotiation(rule.protocols()));
        if (rule.minVersion() == Version.TLS_1_3) {
            builder.protocols("TLSv1.3");
        } else {
            builder.protocols("TLSv1.3", "TLSv1.2");
        }
        if (boring) {
            builder.option(OpenSslContextOption.USE_TASKS, false);
        } else if (System.getProperty(NO_RENEGOTIATION) == null) {
            System.setProperty(NO_RENEGOTIATION, "true");
        }
        if (clients.isPresent()) {
            builder.trustManager(new TrustManagerFactoryWrapper(clients.get().inHandshake()))
                    .clientAuth(clients.get().isRequired() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        } else {
            // not the JDK's roots, which take long to read and would trust any public certificate
            builder.trustManager(new TrustManagerFactoryWrapper(TrustNobody.INSTANCE));
        }
        return builder.build();
    }

    private static ApplicationProtocolConfig negotiation(List<String> protocols) {
        return protocols.isEmpty()
                ? ApplicationProtocolConfig.DISABLED
                : new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        protocols);
    }

    private static KeyManagerFactory keys(KeyMaterial material, boolean boring) {
        var keys = new KeyManagerFactoryWrapper(new OneKey(material));
        return boring ? new OpenSslCachingX509KeyManagerFactory(keys) : keys;
    }
}
