package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.StickySessions;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ServiceEndpoints;
import dev.moorgate.operator.snapshot.ServiceImports;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Protocol;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Ports of Services, and of ServiceImports, as upstreams, with their endpoints; each that a route asks for is in the table. Confined to one compile. */
public final class Upstreams {
    private final ClusterSnapshot snapshot;
    private final CompileSettings settings;
    private final StickySessions sessions;
    private final BackendTls tls;
    private final UpstreamPolicies policies;
    private final ReportBuilder report;
    private final Map<String, Outcome> asked = new HashMap<>();
    private final SortedMap<String, Upstream> upstreams = new TreeMap<>();
    private final SortedMap<String, UpstreamEndpoints> endpoints = new TreeMap<>();

    public Upstreams(
            ClusterSnapshot snapshot,
            CompileSettings settings,
            StickySessions sessions,
            BackendTls tls,
            UpstreamPolicies policies,
            ReportBuilder report) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.sessions = sessions;
        this.tls = tls;
        this.policies = policies;
        this.report = report;
    }

    /** What a reference to a Service's port leads to. */
    public sealed interface Outcome {
        /** An upstream of the table. */
        record Found(String upstream) implements Outcome {}

        /**
         * None.
         *
         * @param reason SERVICE_NOT_FOUND, SERVICE_PORT_NOT_FOUND, EXTERNAL_NAME_REFUSED or UNSUPPORTED_PROTOCOL
         */
        record Missing(Reason reason, String message) implements Outcome {}

        /** The port is there, and its BackendTLSPolicy, which says so in its status, lets nothing be sent to it. */
        record Refused(String message) implements Outcome {}
    }

    /** The upstream of a Service's port, by its number. */
    public Outcome find(Traffic traffic, String namespace, String service, int port) {
        String question = traffic + " " + namespace + "/" + service + "/" + port;
        Outcome known = asked.get(question);
        if (known == null) {
            known = resolve(
                    traffic, namespace, service, String.valueOf(port), snapshot.endpoints(namespace, service, port));
            asked.put(question, known);
        }
        return known;
    }

    /** The upstream of a Service's port, by its name, for HTTP. */
    public Outcome find(String namespace, String service, String portName) {
        return resolve(Traffic.HTTP, namespace, service, portName, snapshot.endpoints(namespace, service, portName));
    }

    /**
     * An upstream that was found, as Gateways reach it that show this certificate: one of its own where it has TLS, for a connection
     * that was opened in the name of one Gateway carries nothing of another.
     */
    public String showing(String certificate, String upstream) {
        Upstream own = upstreams.get(upstream);
        if (own == null || own.tls().isEmpty()) {
            return upstream;
        }
        String name = upstream + "/client/" + certificate;
        if (!upstreams.containsKey(name)) {
            upstreams.put(name, showing(own, own.tls().get(), certificate, name));
            endpoints.put(
                    name,
                    new UpstreamEndpoints(
                            name,
                            Objects.requireNonNull(endpoints.get(upstream)).endpoints()));
        }
        return name;
    }

    private static Upstream showing(Upstream own, UpstreamTls tls, String certificate, String name) {
        return new Upstream(
                name,
                own.source(),
                own.protocol(),
                own.balancing(),
                own.session(),
                own.healthCheck(),
                own.outlierDetection(),
                own.slowStart(),
                own.zones(),
                own.limits(),
                Optional.of(new UpstreamTls(
                        tls.serverName(), tls.caCertificates(), tls.subjectNames(), Optional.of(certificate))),
                own.policy());
    }

    /** Sorted by name. */
    public List<Upstream> upstreams() {
        return List.copyOf(upstreams.values());
    }

    public EndpointTable endpoints() {
        return new EndpointTable(List.copyOf(endpoints.values()));
    }

    private Outcome resolve(Traffic traffic, String namespace, String service, String asked, ServiceEndpoints answer) {
        String shown =
                ServiceImports.kind(service) + " " + Tokens.shown(namespace + "/" + ServiceImports.plainName(service));
        return switch (answer) {
            case ServiceEndpoints.NoService none ->
                new Outcome.Missing(Reason.SERVICE_NOT_FOUND, shown + " does not exist");
            case ServiceEndpoints.NoPort none ->
                new Outcome.Missing(
                        Reason.SERVICE_PORT_NOT_FOUND,
                        shown + " has no TCP port " + Tokens.shown(asked) + ": it has "
                                + (none.ports().isEmpty() ? "none" : String.join(", ", none.ports())));
            case ServiceEndpoints.ExternalName external ->
                new Outcome.Missing(
                        Reason.EXTERNAL_NAME_REFUSED,
                        shown + " is of type ExternalName, which is not served:" + " use a Service with endpoints");
            case ServiceEndpoints.Found found
            when found.port().getPort() == null ->
                new Outcome.Missing(
                        Reason.SERVICE_PORT_NOT_FOUND,
                        shown + " has no number for port " + Tokens.shown(asked) + ": add it");
            case ServiceEndpoints.Found found -> add(traffic, namespace, service, found);
        };
    }

    private Outcome add(Traffic traffic, String namespace, String service, ServiceEndpoints.Found found) {
        ServicePort port = found.port();
        AppProtocol spoken = AppProtocol.of(port);
        Optional<Protocol> protocol = spoken.protocol(traffic);
        if (protocol.isEmpty()) {
            return new Outcome.Missing(
                    Reason.UNSUPPORTED_PROTOCOL,
                    ServiceImports.source(namespace, service) + " port " + port.getPort() + " has appProtocol "
                            + spoken.unsupported(traffic));
        }
        String name = spoken.upstream(traffic, namespace, service, port.getPort());
        if (upstreams.containsKey(name)) {
            return new Outcome.Found(name);
        }
        Optional<UpstreamTls> secured;
        switch (tls.of(namespace, service, port)) {
            case BackendTls.Answer.Refused refused -> {
                return new Outcome.Refused(refused.message());
            }
            case BackendTls.Answer.Secured policy -> secured = Optional.of(policy.tls());
            case BackendTls.Answer.Silent silent ->
                secured = spoken.isTls() ? Optional.of(inside(namespace, service)) : Optional.empty();
        }
        SourceRef source = ServiceImports.source(namespace, service);
        Upstream standard = Upstream.http(name, source);
        var own = new Upstream(
                name,
                source,
                secured.isPresent() && protocol.get() == Protocol.H2C ? Protocol.H2 : protocol.get(),
                standard.balancing(),
                sessions.ofService(namespace, service, port.getPort()),
                standard.healthCheck(),
                standard.outlierDetection(),
                standard.limits(),
                secured);
        boolean isSilent = traffic == Traffic.HTTP && spoken.equals(AppProtocol.NONE);
        upstreams.put(name, policies.apply(own, namespace, service, port.getPort(), isSilent));
        endpoints.put(
                name, new UpstreamEndpoints(name, settings.endpointAddresses().believed(found.endpoints())));
        warn(source, found);
        return new Outcome.Found(name);
    }

    private void warn(SourceRef source, ServiceEndpoints.Found found) {
        ObjectRef object = new ObjectRef(
                source.kind().equals(ServiceImports.KIND) ? ServiceImports.API_VERSION : "v1",
                source.kind(),
                source.namespace(),
                source.name(),
                Metadata.generation(found.service()));
        found.unusable().forEach(sentence -> report.warning(object, Reason.IGNORED, "", sentence));
        for (Endpoint endpoint : found.endpoints()) {
            settings.endpointAddresses()
                    .refusal(endpoint)
                    .ifPresent(why ->
                            report.warning(object, Reason.IGNORED, "", "endpoint " + endpoint.address() + " " + why));
        }
    }

    /** Without a BackendTLSPolicy that says otherwise, the name inside the cluster and the system's roots. */
    private static UpstreamTls inside(String namespace, String service) {
        return new UpstreamTls(
                ServiceImports.domain(namespace, service), Optional.empty(), List.of(), Optional.empty());
    }
}
