package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.Policy;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server names of one listener and their certificates. Exact names go before wildcards, longer wildcards before shorter.
 * Immutable.
 */
public final class ServerTls {
    private final Map<String, Entry> exact = new HashMap<>();
    private final Map<String, Entry> oneLabel = new HashMap<>();
    private final Map<String, Entry> wildcard = new HashMap<>();
    private final @Nullable Entry others;
    private final List<String> protocols;
    private final Sections sections;
    private final Optional<ClientValidation> clients;

    /**
     * @param entries by precedence; that of the fallback, if any, last and for ANY
     * @param protocols of ALPN; empty: none is negotiated
     */
    ServerTls(List<Entry> entries, List<String> protocols, Sections sections, Optional<ClientValidation> clients) {
        Entry any = null;
        for (Entry entry : entries) {
            switch (entry.host().kind()) {
                case EXACT -> exact.putIfAbsent(entry.host().value(), entry);
                case ONE_LABEL -> oneLabel.putIfAbsent(entry.host().value(), entry);
                case WILDCARD -> wildcard.putIfAbsent(entry.host().value(), entry);
                case ANY -> any = any == null ? entry : any;
            }
        }
        this.others = any;
        this.protocols = protocols;
        this.sections = sections;
        this.clients = clients;
    }

    /** A server name and its certificates, the preferred kind of key first; none: they are broken, or not needed. */
    record Entry(HostPattern host, ListenerTls.Mode mode, List<TlsContext> contexts) {
        Entry {
            contexts = List.copyOf(contexts);
        }
    }

    /** What a ClientHello leads to: a context, an endpoint that answers it itself, or a refusal. */
    public sealed interface Choice {
        record Serve(TlsContext context) implements Choice {}

        record PassThrough(@Nullable String serverName) implements Choice {}

        record Refuse(HandshakeFailure reason) implements Choice {}
    }

    /** Whether every name is served by the same contexts, so that a session that began with one is good with the other. */
    boolean isLike(ServerTls other) {
        return exact.equals(other.exact)
                && oneLabel.equals(other.oneLabel)
                && wildcard.equals(other.wildcard)
                && Objects.equals(others, other.others);
    }

    public Choice choose(ClientHello hello) {
        Entry entry = find(hello.serverName());
        if (entry == null) {
            return new Choice.Refuse(HandshakeFailure.UNKNOWN_NAME);
        }
        if (entry.mode() == ListenerTls.Mode.PASSTHROUGH) {
            return new Choice.PassThrough(hello.serverName());
        }
        if (entry.contexts().isEmpty()) {
            return new Choice.Refuse(HandshakeFailure.BROKEN_CERTIFICATE);
        }
        List<String> offered = hello.protocols();
        if (offered != null && !protocols.isEmpty() && offered.stream().noneMatch(protocols::contains)) {
            return new Choice.Refuse(HandshakeFailure.NO_PROTOCOL);
        }
        HandshakeFailure refusal = HandshakeFailure.CIPHER;
        for (TlsContext context : entry.contexts()) {
            refusal = context.refusal(hello);
            if (refusal == null) {
                return new Choice.Serve(context);
            }
        }
        return new Choice.Refuse(refusal);
    }

    /** The same for a client of QUIC, of which nothing is known but the name; it speaks TLS 1.3. */
    Choice choose(@Nullable String serverName) {
        Entry entry = find(serverName);
        if (entry == null) {
            return new Choice.Refuse(HandshakeFailure.UNKNOWN_NAME);
        }
        return entry.contexts().stream()
                .filter(TlsContext::isForQuic)
                .min(Comparator.comparingInt(
                        context -> context.material().algorithm().rankForAnybody()))
                .<Choice>map(Choice.Serve::new)
                .orElseGet(() -> new Choice.Refuse(
                        entry.contexts().isEmpty() ? HandshakeFailure.BROKEN_CERTIFICATE : HandshakeFailure.CIPHER));
    }

    /** What clients are asked for. */
    Optional<ClientValidation> clients() {
        return clients;
    }

    /** Whether both hosts belong to one listener of the Gateway; an empty one: to the listener for any host. */
    boolean isOneSection(String one, String other) {
        return sections.isOne(one, other);
    }

    /** Whether {@code certificate} is among those shown for {@code host} under {@code policy}. Asked for each request: no stream. */
    boolean shows(String certificate, Policy policy, String host) {
        Entry entry = find(host);
        if (entry == null) {
            return false;
        }
        List<TlsContext> contexts = entry.contexts();
        for (int i = 0; i < contexts.size(); i++) {
            TlsContext context = contexts.get(i);
            if (context.policy() == policy && context.certificate().equals(certificate)) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code host} is served under {@code policy}; one without a certificate that could be shown is served under none. */
    boolean speaks(Policy policy, String host) {
        Entry entry = find(host);
        return entry == null
                || !entry.contexts().isEmpty() && entry.contexts().getFirst().policy() == policy;
    }

    private @Nullable Entry find(@Nullable String name) {
        if (name == null) {
            return others;
        }
        Entry entry = exact.get(name);
        if (entry != null) {
            return entry;
        }
        if (!oneLabel.isEmpty() || !wildcard.isEmpty()) {
            int dot = name.indexOf('.');
            if (dot > 0) {
                entry = oneLabel.get(name.substring(dot));
            }
            while (entry == null && dot > 0) {
                entry = wildcard.get(name.substring(dot));
                dot = name.indexOf('.', dot + 1);
            }
        }
        return entry == null ? others : entry;
    }
}
