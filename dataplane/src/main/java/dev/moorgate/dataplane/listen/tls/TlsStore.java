package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.dataplane.listen.staple.Stapling;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.Policy;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.RouteTable;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Certificates and TLS contexts by content: a next table takes over all that did not change. One change at a time; the pieces
 * that it hands out are thread-safe.
 */
public final class TlsStore {
    /** What is spoken inside TLS; a listener's other protocols are not offered. */
    private static final List<String> SERVED = List.of("h2", "http/1.1");

    private final TicketKeys tickets;
    private final Stapling stapling;
    private Map<Certificate, KeyMaterial> materials = Map.of();
    private Map<TlsContext.Rule, TlsContext> contexts = Map.of();

    /**
     * @param epochMillis the wall clock, by which replicas change the keys of their session tickets together
     * @param stapling told of the certificates in force
     */
    public TlsStore(LongSupplier epochMillis, Stapling stapling) {
        this.tickets = new TicketKeys(epochMillis);
        this.stapling = stapling;
    }

    /** TLS of a next table, ready or refused with the reason. */
    public sealed interface Outcome {
        record Ready(Next next) implements Outcome {}

        record Refused(String reason) implements Outcome {}
    }

    /** Reads the certificates of {@code table} that are new and gives each HTTPS and TLS listener its server names. */
    public Outcome prepare(RouteTable table) {
        var next = new Next(
                table.keyRings().stream()
                        .findFirst()
                        .map(ring -> ring.keys().getFirst().secret().value()),
                table.settings().ocspStapling());
        for (Certificate certificate : table.certificates()) {
            try {
                next.add(certificate);
            } catch (GeneralSecurityException | RuntimeException e) {
                return new Outcome.Refused("certificate " + certificate.id() + " cannot be read: " + e.getMessage());
            }
        }
        for (Listener listener : table.listeners()) {
            Optional<ListenerTls> tls = listener.tls();
            if (tls.isPresent()) {
                try {
                    next.add(listener, tls.get());
                } catch (GeneralSecurityException | RuntimeException e) {
                    return new Outcome.Refused(
                            "client authorities of listener " + listener.name() + " cannot be read: " + e.getMessage());
                }
            }
        }
        return new Outcome.Ready(next);
    }

    /** Gives up all contexts, when no socket is open any more. */
    public void close() {
        contexts.values().forEach(TlsContext::retire);
        contexts = Map.of();
        materials = Map.of();
    }

    /** The TLS of a next table. Either committed, or forgotten without a trace. */
    public final class Next {
        private final Map<String, Certificate> byId = new HashMap<>();
        private final Map<Certificate, KeyMaterial> nextMaterials = new HashMap<>();
        private final Map<TlsContext.Rule, TlsContext> nextContexts = new HashMap<>();
        private final Map<String, ServerTls> byListener = new HashMap<>();

        private final Optional<String> ticketKey;
        private final boolean stapled;

        private Next(Optional<String> ticketKey, boolean stapled) {
            this.ticketKey = ticketKey;
            this.stapled = stapled;
        }

        private void add(Certificate certificate) throws GeneralSecurityException {
            byId.put(certificate.id(), certificate);
            KeyMaterial known = materials.get(certificate);
            nextMaterials.put(certificate, known == null ? KeyMaterial.read(certificate) : known);
        }

        private void add(Listener listener, ListenerTls tls) throws GeneralSecurityException {
            if (tls.clientValidation().isPresent()) {
                // read once more with the first handshake, which is too late to refuse the table
                KeyMaterial.chain(tls.clientValidation().get().caCertificates());
            }
            List<String> protocols = protocols(listener, tls);
            var entries = new ArrayList<ServerTls.Entry>();
            for (ServerName name : tls.serverNames()) {
                entries.add(entry(Optional.of(name.host()), name, tls, protocols));
            }
            tls.fallback()
                    .map(id -> ServerName.terminated(HostPattern.ANY, List.of(id)))
                    .ifPresent(any -> entries.add(entry(Optional.empty(), any, tls, protocols)));
            byListener.put(
                    listener.name(), new ServerTls(entries, protocols, Sections.of(listener), tls.clientValidation()));
        }

        /** What is inside a terminated connection that is not HTTP is between the client and the endpoint. */
        private static List<String> protocols(Listener listener, ListenerTls tls) {
            if (listener.protocol() == Listener.Protocol.TLS) {
                return List.of();
            }
            List<String> served = tls.alpn().stream().filter(SERVED::contains).toList();
            return served.isEmpty() ? SERVED : served;
        }

        private ServerTls.Entry entry(
                Optional<HostPattern> host, ServerName name, ListenerTls tls, List<String> protocols) {
            Policy policy = name.policy().or(tls::policy).orElse(Policy.INTERMEDIATE);
            List<TlsContext> served = name.certificates().stream()
                    .map(id -> context(new TlsContext.Rule(
                            host, certificate(id), tls.minVersion(), policy, protocols, tls.clientValidation())))
                    .sorted(Comparator.comparing(context -> context.material().algorithm()))
                    .toList();
            return new ServerTls.Entry(name.host(), name.mode(), served);
        }

        private Certificate certificate(String id) {
            Certificate certificate = byId.get(id);
            if (certificate == null) {
                throw new IllegalStateException("certificate " + id + " is absent");
            }
            return certificate;
        }

        private TlsContext context(TlsContext.Rule rule) {
            return nextContexts.computeIfAbsent(rule, absent -> {
                TlsContext known = contexts.get(rule);
                KeyMaterial material = nextMaterials.get(rule.certificate());
                if (material == null) {
                    throw new IllegalStateException(
                            "certificate " + rule.certificate().id() + " is absent");
                }
                return known == null ? new TlsContext(rule, material, tickets, stapling) : known;
            });
        }

        private Map<String, List<X509Certificate>> chains() {
            Map<String, List<X509Certificate>> chains = new HashMap<>();
            for (TlsContext context : nextContexts.values()) {
                chains.put(context.certificate(), context.material().chain());
            }
            return chains;
        }

        /** TLS of the listener of that name; empty where it has none. */
        public Optional<ServerTls> of(String listener) {
            return Optional.ofNullable(byListener.get(listener));
        }

        /** Makes this the store's content, after sockets serve it; contexts that no listener has any more are given up. */
        public void commit() {
            Map<TlsContext.Rule, TlsContext> before = contexts;
            contexts = nextContexts;
            materials = nextMaterials;
            tickets.adopt(ticketKey);
            stapling.adopt(stapled ? chains() : Map.of());
            before.forEach((rule, context) -> {
                if (!nextContexts.containsKey(rule)) {
                    context.retire();
                }
            });
        }
    }
}
