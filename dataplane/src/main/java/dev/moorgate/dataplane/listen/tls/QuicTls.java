package dev.moorgate.dataplane.listen.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of one listener's QUIC connections: certificates by server name, from the table that TCP's are from. A client that names no
 * server is not served, since the engine chooses by the name alone. Any event loop.
 */
public final class QuicTls {
    private static final Logger LOG = LoggerFactory.getLogger(QuicTls.class);

    private final Supplier<Optional<ServerTls>> names;
    private volatile Sessions sessions;
    /** What was chosen on this thread last: the engine asks and tells of it within one packet. */
    private final FastThreadLocal<ServerTls.Choice> chosen = new FastThreadLocal<>();

    /** @param names those in force */
    public QuicTls(Supplier<Optional<ServerTls>> names) {
        this.names = names;
        sessions = new Sessions(names.get(), byName());
    }

    /** @param context where tickets have their keys */
    private record Sessions(Optional<ServerTls> names, QuicSslContext context) {
        boolean areGoodWith(ServerTls now) {
            return names.filter(now::isLike).isPresent();
        }
    }

    private QuicSslContext byName() {
        return QuicSslContextBuilder.buildForServerWithSni(this::choose);
    }

    public QuicSslEngine engine(ByteBufAllocator alloc) {
        Sessions known = sessions;
        Optional<ServerTls> now = names.get();
        if (!known.names().equals(now)) {
            // tickets are good with the certificates that they were given under, and with no others
            boolean good = now.filter(known::areGoodWith).isPresent();
            known = new Sessions(now, good ? known.context() : byName());
            sessions = known;
        }
        return known.context().newEngine(alloc);
    }

    /** One whose handshake ends with the client's first words. */
    public static QuicSslEngine refusing(ByteBufAllocator alloc) {
        return Nobody.CONTEXT.newEngine(alloc);
    }

    /** Made when it is first needed. */
    private static final class Nobody {
        private static final QuicSslContext CONTEXT = QuicSslContextBuilder.buildForServerWithSni(_ -> null);
    }

    private @Nullable QuicSslContext choose(@Nullable String serverName) {
        String name = serverName == null ? null : serverName.toLowerCase(Locale.ROOT);
        ServerTls.Choice choice = names.get()
                .map(tls -> tls.choose(name))
                .orElseGet(() -> new ServerTls.Choice.Refuse(HandshakeFailure.OTHER));
        if (choice instanceof ServerTls.Choice.Serve serve) {
            try {
                QuicSslContext context = serve.context().quic();
                if (context != null) {
                    chosen.set(choice);
                    return context;
                }
                choice = new ServerTls.Choice.Refuse(HandshakeFailure.OTHER);
            } catch (RuntimeException e) {
                LOG.error(
                        "certificate cannot be served over QUIC: certificate={}",
                        serve.context().certificate(),
                        e);
                choice = new ServerTls.Choice.Refuse(HandshakeFailure.BROKEN_CERTIFICATE);
            }
        }
        chosen.set(choice);
        return null;
    }

    /** The certificate that was chosen within the packet under way; null: none. */
    public @Nullable TlsContext lastShown() {
        return chosen.getIfExists() instanceof ServerTls.Choice.Serve serve ? serve.context() : null;
    }

    /** Why the handshake failed within the packet under way. */
    public HandshakeFailure lastRefusal(Throwable cause) {
        ServerTls.Choice last = chosen.getIfExists();
        chosen.remove();
        return last instanceof ServerTls.Choice.Refuse refusal ? refusal.reason() : HandshakeFailure.of(cause);
    }

    /** What a finished handshake settled. */
    public static TlsSession session(@Nullable String serverName, TlsContext shown, SSLSession session) {
        return new TlsSession(
                Optional.ofNullable(serverName).map(name -> name.toLowerCase(Locale.ROOT)),
                shown.certificate(),
                shown.policy(),
                session.getProtocol(),
                session.getCipherSuite(),
                shown.clientValidation(),
                Optional.empty());
    }
}
