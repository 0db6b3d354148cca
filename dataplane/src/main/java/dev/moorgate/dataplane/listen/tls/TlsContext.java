package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.dataplane.listen.staple.Stapling;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.Policy;
import dev.moorgate.routetable.ListenerTls.Version;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One certificate as it is served for one server name: the engine's context, built with the first handshake that needs it and
 * shared by all tables that say the same. Thread-safe.
 */
public final class TlsContext {
    private final Rule rule;
    private final KeyMaterial material;
    private final TicketKeys tickets;
    private final Stapling stapling;
    private @Nullable SslContext context;
    private @Nullable QuicSslContext quic;
    private volatile @Nullable ClientTrust clients;
    private boolean retired;
    private int ticketGeneration;

    TlsContext(Rule rule, KeyMaterial material, TicketKeys tickets, Stapling stapling) {
        this.rule = rule;
        this.material = material;
        this.tickets = tickets;
        this.stapling = stapling;
    }

    /**
     * All that a context depends on: contexts are the same exactly when these are.
     *
     * @param host absent: the fallback
     */
    record Rule(
            Optional<HostPattern> host,
            Certificate certificate,
            Version minVersion,
            Policy policy,
            List<String> protocols,
            Optional<ClientValidation> clientValidation) {

        PolicyTerms terms() {
            return PolicyTerms.of(policy);
        }

        boolean isTls13Only() {
            return minVersion == Version.TLS_1_3 || terms().isTls13Only();
        }

        /** What a session's tickets are good for: this name, certificate, policy and client rule, and nothing else. */
        private byte[] digest() {
            try {
                MessageDigest sha = MessageDigest.getInstance("SHA-256");
                for (String part : List.of(
                        host.map(pattern -> pattern.kind() + pattern.value()).orElse(""),
                        certificate.chain(),
                        minVersion.name(),
                        policy.name(),
                        clientValidation
                                .map(rule -> rule.required() + rule.caCertificates())
                                .orElse(""))) {
                    sha.update(part.getBytes(StandardCharsets.UTF_8));
                    sha.update((byte) 0);
                }
                return sha.digest();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    Rule rule() {
        return rule;
    }

    /** Id of the certificate that it shows. */
    public String certificate() {
        return material.id();
    }

    /** The policy that it is served under. */
    public Policy policy() {
        return rule.policy();
    }

    KeyMaterial material() {
        return material;
    }

    /** Why no handshake with this client can come about; null: it may. */
    @Nullable
    HandshakeFailure refusal(ClientHello hello) {
        if (!hello.tls13()) {
            if (rule.isTls13Only()) {
                return HandshakeFailure.VERSION;
            }
        } else if (!rule.terms().serveTls13(hello)) {
            return HandshakeFailure.CIPHER;
        }
        return material.algorithm().serves(hello, rule.terms()) ? null : HandshakeFailure.CIPHER;
    }

    /**
     * The engine for one more handshake, ticket keys up to date; null: the context was given up since it was chosen. The engine
     * holds the context from here on, which is why nobody can give it up in between.
     */
    public synchronized @Nullable SslHandler handler(ByteBufAllocator alloc) throws SSLException {
        if (retired) {
            return null;
        }
        SslHandler handler = TlsEngine.handler(context(), rule.terms(), alloc);
        byte[] response = stapling.of(material.chain().getFirst());
        if (response != null) {
            TlsEngine.staple(handler, response);
        }
        return handler;
    }

    /** Whether it can be shown in QUIC: nobody is asked for a certificate there, and the policy leaves the engine its suites. */
    boolean isForQuic() {
        return rule.clientValidation().isEmpty() && rule.terms().takesAnyTls13();
    }

    /** The same for connections of QUIC, which hold it; null: the context was given up since it was chosen. */
    synchronized @Nullable QuicSslContext quic() {
        QuicSslContext built = quic;
        if (built == null && !retired) {
            built = QuicEngine.context(rule, material);
            quic = built;
        }
        return built;
    }

    private SslContext context() throws SSLException {
        SslContext built = context;
        if (built == null) {
            Optional<ClientTrust> trust = Optional.empty();
            if (rule.clientValidation().isPresent()) {
                ClientTrust made = ClientTrust.of(rule.clientValidation().get());
                clients = made;
                trust = Optional.of(made);
            }
            built = TlsEngine.context(rule, material, trust);
            context = built;
        }
        if (built.sessionContext() instanceof OpenSslServerSessionContext sessions) {
            int generation = tickets.generation();
            if (generation != ticketGeneration) {
                byte[] digest = rule.digest();
                if (ticketGeneration == 0) {
                    sessions.setSessionIdContext(digest);
                    sessions.setSessionCacheEnabled(false);
                }
                tickets.apply(sessions, HexFormat.of().formatHex(digest));
                ticketGeneration = generation;
            }
        }
        return built;
    }

    /** What clients were asked for. */
    public Optional<ClientValidation> clientValidation() {
        return rule.clientValidation();
    }

    /** The client's certificate in a finished handshake, where it was asked for one and it verifies. */
    public Optional<X509Certificate> client(SSLSession session) {
        ClientTrust trust = clients;
        return trust == null ? Optional.empty() : trust.verified(session);
    }

    /** Gives up the context; connections that use it hold it until they close. */
    synchronized void retire() {
        retired = true;
        ReferenceCountUtil.release(context);
        context = null;
        // the engine counts its own references
        quic = null;
    }
}
