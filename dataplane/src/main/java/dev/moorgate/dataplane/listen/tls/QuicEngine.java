package dev.moorgate.dataplane.listen.tls;

import io.netty.handler.codec.quic.BoringSSLContextOption;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import io.netty.handler.ssl.util.TrustManagerFactoryWrapper;

/** Contexts of TLS 1.3 inside QUIC (RFC 9001) that keep to a policy, as far as it says anything of TLS 1.3. */
final class QuicEngine {
    static final String HTTP3 = "h3";

    private QuicEngine() {}

    /** Without early data: a request that came with it could be played again (RFC 8470). */
    static QuicSslContext context(TlsContext.Rule rule, KeyMaterial material) {
        return QuicSslContextBuilder.forServer(new KeyManagerFactoryWrapper(new OneKey(material)), null)
                .trustManager(new TrustManagerFactoryWrapper(TrustNobody.INSTANCE))
                .option(BoringSSLContextOption.GROUPS, rule.terms().groups().toArray(String[]::new))
                .applicationProtocols(HTTP3)
                .earlyData(false)
                .build();
    }
}
