package dev.moorgate.dataplane.upstream;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Upstream;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards endpoints (BackendTLSPolicy, GEP-1897): the chain is always verified, and so is the name; there is no way
 * back to clear text. Costly to make: keep one per settings. Any thread.
 */
public final class EndpointTls {
    private static final int DNS_NAME = 2;
    private static final int URI_NAME = 6;

    /** What makes two of them the same. {@code http2}: the endpoint has to choose h2 (RFC 7301). */
    public record Settings(Upstream.UpstreamTls tls, Optional<Certificate> clientCertificate, boolean http2) {
        public static Settings of(
                Upstream upstream, Upstream.UpstreamTls tls, Optional<Certificate> clientCertificate) {
            return new Settings(tls, clientCertificate, UpstreamTarget.speaksHttp2(upstream));
        }
    }

    private final Settings settings;
    private final SslContext context;
    private final String serverName;
    private final List<String> subjectNames;
    private volatile @Nullable EndpointTls sibling;

    private EndpointTls(Settings settings, SslContext context) {
        this.settings = settings;
        this.context = context;
        this.serverName = settings.tls().serverName();
        this.subjectNames = settings.tls().subjectNames();
    }

    /**
     * Reads certificates and keys.
     *
     * @throws SSLException where certificates or keys cannot be read: the table is refused
     */
    public static EndpointTls of(Settings settings) throws SSLException {
        boolean ownNames = !settings.tls().subjectNames().isEmpty();
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                // Where other names than the server's are accepted they are compared after the handshake, before any
                // request.
                .endpointIdentificationAlgorithm(ownNames ? null : "HTTPS");
        if (settings.http2()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2));
        }
        try {
            settings.tls().caCertificates().ifPresent(pem -> builder.trustManager(stream(pem)));
            settings.clientCertificate()
                    .ifPresent(own -> builder.keyManager(
                            stream(own.chain()), stream(own.key().value())));
            return new EndpointTls(settings, builder.build());
        } catch (IllegalArgumentException e) {
            throw new SSLException(e.getMessage(), e);
        }
    }

    private static ByteArrayInputStream stream(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }

    public Settings settings() {
        return settings;
    }

    /** The same for connections that speak HTTP/2, or do not; made when it is first asked for. */
    EndpointTls speaking(boolean http2) {
        if (settings.http2() == http2) {
            return this;
        }
        EndpointTls known = sibling;
        if (known == null) {
            try {
                known = of(new Settings(settings.tls(), settings.clientCertificate(), http2));
            } catch (SSLException e) {
                throw new IllegalStateException("certificates that were read before", e);
            }
            sibling = known;
        }
        return known;
    }

    /** TLS for one connection; whoever adds it bounds the handshake. */
    public ChannelHandler newHandler(ByteBufAllocator allocator, InetSocketAddress address) {
        SslHandler handler = context.newHandler(allocator, serverName, address.getPort());
        // The pool's own deadline covers connecting and the handshake.
        handler.setHandshakeTimeoutMillis(0);
        return handler;
    }

    /** Why the peer of a finished handshake is not accepted, or null. */
    public @Nullable String refusal(ChannelPipeline pipeline) {
        SslHandler handler = pipeline.get(SslHandler.class);
        if (settings.http2() && !ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
            return "the endpoint does not choose HTTP/2";
        }
        if (subjectNames.isEmpty()) {
            return null;
        }
        try {
            var peer = (X509Certificate) handler.engine().getSession().getPeerCertificates()[0];
            return isNamed(peer) ? null : "the certificate has none of the accepted subject names";
        } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
            return "the certificate cannot be read";
        }
    }

    private boolean isNamed(X509Certificate peer) throws CertificateParsingException {
        Collection<List<?>> names = peer.getSubjectAlternativeNames();
        if (names == null) {
            return false;
        }
        for (List<?> name : names) {
            if (name.get(0) instanceof Integer kind
                    && name.get(1) instanceof String text
                    && (kind == DNS_NAME && subjectNames.stream().anyMatch(wanted -> covers(text, wanted))
                            || kind == URI_NAME && subjectNames.contains(text))) {
                return true;
            }
        }
        return false;
    }

    /** RFC 9525 6.3: a wildcard is the whole leftmost label and stands for one. */
    private static boolean covers(String certified, String wanted) {
        String pattern = certified.toLowerCase(Locale.ROOT);
        String name = wanted.toLowerCase(Locale.ROOT);
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && name.substring(dot).equals(pattern.substring(1));
    }

    /** A problem of connecting as the log's detail: our words, not the peer's. */
    public static String explain(@Nullable Throwable problem) {
        return switch (problem) {
            case null -> "connecting failed";
            case java.net.NoRouteToHostException _ -> "no route to the endpoint";
            case java.net.ConnectException _ -> "connection refused";
            case SSLException _ -> "TLS handshake failed: " + firstLine(problem);
            case ClosedChannelException _ -> "closed in the handshake";
            case IOException _ -> "connecting failed: " + firstLine(problem);
            default -> "connecting failed: " + problem.getClass().getSimpleName();
        };
    }

    private static String firstLine(Throwable problem) {
        Throwable root = problem;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(root.getMessage());
        int end = message.indexOf('\n');
        return message.substring(0, Math.min(end < 0 ? message.length() : end, 120));
    }
}
