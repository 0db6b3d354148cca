package dev.moorgate.dataplane.listen.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.moorgate.dataplane.listen.Pki;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.Policy;
import dev.moorgate.routetable.ListenerTls.Version;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both engines give the same policy; clients are asked for certificates where the rule says so. */
class TlsEngineTest {
    private static final Certificate SERVER = Pki.certificate("server", "server");
    private static final Certificate CLIENT = Pki.certificate("client", "client");
    private static final Certificate STRANGER = Pki.certificate("stranger", "stranger");

    private static SslContext server(Optional<ClientValidation> clients, boolean boring) throws Exception {
        return server(Policy.INTERMEDIATE, clients, boring);
    }

    private static SslContext server(Policy policy, Optional<ClientValidation> clients, boolean boring)
            throws Exception {
        var rule = new TlsContext.Rule(Optional.empty(), SERVER, Version.TLS_1_2, policy, List.of("http/1.1"), clients);
        Optional<ClientTrust> trust = clients.isEmpty() ? Optional.empty() : Optional.of(ClientTrust.of(clients.get()));
        return TlsEngine.context(rule, KeyMaterial.read(SERVER), trust, boring);
    }

    /** The version that a client settles on, alone or with a certificate. */
    private static String handshake(SslContext server, Optional<Certificate> own, String... protocols)
            throws Exception {
        return handshake(server, Policy.INTERMEDIATE, own, "", protocols);
    }

    /** With one group only, or with all where it is empty. */
    private static String handshake(
            SslContext server, Policy policy, Optional<Certificate> own, String group, String... protocols)
            throws Exception {
        var builder = SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .protocols(protocols)
                .trustManager(InsecureTrustManagerFactory.INSTANCE);
        if (own.isPresent()) {
            KeyMaterial material = KeyMaterial.read(own.get());
            builder.keyManager(material.key(), material.chain());
        }
        SslHandler client = builder.build().newHandler(UnpooledByteBufAllocator.DEFAULT, "server", 443);
        if (!group.isEmpty()) {
            SSLParameters parameters = client.engine().getSSLParameters();
            parameters.setNamedGroups(new String[] {group});
            client.engine().setSSLParameters(parameters);
        }
        SslHandler remote = TlsEngine.handler(server, PolicyTerms.of(policy), UnpooledByteBufAllocator.DEFAULT);
        var left = new EmbeddedChannel(client);
        var right = new EmbeddedChannel(remote);
        try {
            boolean moved = true;
            while (moved) {
                moved = pass(left, right);
                moved = pass(right, left) || moved;
            }
            remote.handshakeFuture().syncUninterruptibly();
            return remote.engine().getSession().getProtocol();
        } finally {
            left.finishAndReleaseAll();
            right.finishAndReleaseAll();
            ReferenceCountUtil.release(server);
        }
    }

    private static boolean pass(EmbeddedChannel from, EmbeddedChannel to) {
        boolean moved = false;
        from.runPendingTasks();
        for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            moved = true;
            to.writeInbound(bytes);
        }
        return moved;
    }

    @ParameterizedTest(name = "BoringSSL {0}: {1}")
    @CsvSource({"true, TLSv1.3", "true, TLSv1.2", "false, TLSv1.3", "false, TLSv1.2"})
    void bothEnginesServeBothVersions(boolean boring, String version) throws Exception {
        assumeThat(!boring || OpenSsl.isAvailable()).isTrue();

        assertThat(handshake(server(Optional.empty(), boring), Optional.empty(), version))
                .isEqualTo(version);
    }

    @ParameterizedTest(name = "BoringSSL {0}: {1} and {2} with {3}")
    @CsvSource({
        "true, MODERN, TLSv1.3, x25519, true",
        "false, MODERN, TLSv1.3, x25519, true",
        "true, MODERN, TLSv1.3, secp521r1, false",
        "false, MODERN, TLSv1.3, secp521r1, false",
        "true, MODERN, TLSv1.2, '', false",
        "false, MODERN, TLSv1.2, '', false",
        "true, NIST, TLSv1.2, secp256r1, true",
        "false, NIST, TLSv1.2, secp256r1, true",
        "true, NIST, TLSv1.3, x25519, false",
        "false, NIST, TLSv1.3, x25519, false",
    })
    void bothEnginesKeepToThePolicy(boolean boring, Policy policy, String version, String group, boolean served)
            throws Exception {
        assumeThat(!boring || OpenSsl.isAvailable()).isTrue();
        SslContext server = server(policy, Optional.empty(), boring);

        if (served) {
            assertThat(handshake(server, policy, Optional.empty(), group, version))
                    .isEqualTo(version);
        } else {
            assertThatThrownBy(() -> handshake(server, policy, Optional.empty(), group, version))
                    .isInstanceOf(Exception.class);
        }
    }

    @ParameterizedTest(name = "BoringSSL {0}")
    @ValueSource(booleans = {true, false})
    void clientCertificatesAreAskedForAndVerified(boolean boring) throws Exception {
        assumeThat(!boring || OpenSsl.isAvailable()).isTrue();
        var required = Optional.of(new ClientValidation(CLIENT.chain(), true));
        var wanted = Optional.of(new ClientValidation(CLIENT.chain(), false));

        assertThat(handshake(server(required, boring), Optional.of(CLIENT), "TLSv1.2"))
                .isEqualTo("TLSv1.2");
        assertThat(handshake(server(wanted, boring), Optional.empty(), "TLSv1.2"))
                .isEqualTo("TLSv1.2");
        assertThatThrownBy(() -> handshake(server(required, boring), Optional.empty(), "TLSv1.2"))
                .isInstanceOf(Exception.class);
        assertThatThrownBy(() -> handshake(server(required, boring), Optional.of(STRANGER), "TLSv1.2"))
                .isInstanceOf(Exception.class);
    }
}
