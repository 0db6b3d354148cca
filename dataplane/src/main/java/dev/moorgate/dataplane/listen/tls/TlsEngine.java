package dev.moorgate.dataplane.listen.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import io.netty.handler.ssl.util.TrustManagerFactoryWrapper;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** Contexts and engines that keep to a policy: BoringSSL's, else the JDK's. */
final class TlsEngine {
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
                .ciphers(rule.terms().suiteNames(), SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(negotiation(rule.protocols()));
        if (rule.isTls13Only()) {
            builder.protocols("TLSv1.3");
        } else {
            builder.protocols("TLSv1.3", "TLSv1.2");
        }
        if (boring) {
            builder.enableOcsp(OpenSsl.isOcspSupported())
                    .option(OpenSslContextOption.USE_TASKS, false)
                    .option(OpenSslContextOption.GROUPS, rule.terms().groups().toArray(String[]::new));
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

    /** An engine of {@code context} for one connection. */
    static SslHandler handler(SslContext context, PolicyTerms terms, ByteBufAllocator alloc) {
        SslHandler handler = context.newHandler(alloc);
        if (context instanceof JdkSslContext) {
            SSLParameters parameters = handler.engine().getSSLParameters();
            // it passes over those that it does not know
            parameters.setNamedGroups(terms.groups().toArray(String[]::new));
            handler.engine().setSSLParameters(parameters);
        }
        return handler;
    }

    /** Has an engine show an OCSP response to a client that asks for one; the JDK's cannot be given any. */
    static void staple(SslHandler handler, byte[] response) {
        if (handler.engine() instanceof ReferenceCountedOpenSslEngine engine && OpenSsl.isOcspSupported()) {
            engine.setOcspResponse(response);
        }
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
