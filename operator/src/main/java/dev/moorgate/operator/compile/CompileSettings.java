package dev.moorgate.operator.compile;

import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.SourceRef;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What a compile needs to know beside the cluster's objects.
 *
 * @param dataPlane the release's own, of several in a cluster; empty: there is but one release
 * @param ingressController {@code spec.controller} of our IngressClasses
 * @param gatewayController {@code spec.controllerName} of our GatewayClasses
 * @param masterKeys signs sticky sessions; absent: policies that need it are not accepted
 * @param keyOutlook how the rotation of {@code masterKeys} stands; absent: they are not rotated by us
 * @param ownKeys of policies that have their keys changed at a pace of their own, by owner of the sessions
 * @param timeouts of routes that say nothing of their own
 * @param tls what listeners that terminate TLS speak
 * @param alpn what TLS listeners offer, in order of preference
 * @param now certificates are checked against it
 */
public record CompileSettings(
        Optional<ObjectName> dataPlane,
        String ingressController,
        String gatewayController,
        ListenerPorts ports,
        PublishedAddresses addresses,
        Optional<KeyRing> masterKeys,
        Optional<KeyOutlook> keyOutlook,
        SortedMap<String, OwnKeys> ownKeys,
        ProxySettings proxy,
        RoutePolicy.Timeouts timeouts,
        TlsTerms tls,
        EndpointAddresses endpointAddresses,
        List<String> alpn,
        Instant now) {
    /** The name of HTTP/3 among those that TLS listeners offer (RFC 9114 3.1). */
    public static final String HTTP3 = "h3";

    public static final String INGRESS_CONTROLLER = "moorgate.dev/ingress-controller";
    public static final String GATEWAY_CONTROLLER = "moorgate.dev/gateway-controller";

    /**
     * TLS towards clients.
     *
     * @param minVersion lowest that is accepted, whatever a policy says
     * @param policy of listeners and Ingresses that name none; absent: the data plane's standard
     */
    public record TlsTerms(ListenerTls.Version minVersion, Optional<ListenerTls.Policy> policy) {
        static final TlsTerms STANDARD = new TlsTerms(ListenerTls.Version.TLS_1_2, Optional.empty());
    }

    /**
     * What becomes of the master keys.
     *
     * @param nextRotation when the next one is made; absent: it is there, and pending
     * @param pending id of the key that verifies already and signs once every replica has it
     */
    public record KeyOutlook(Optional<Instant> nextRotation, Optional<String> pending) {}

    /** A ring that the release keeps for one owner, and what becomes of it. */
    public record OwnKeys(KeyRing ring, KeyOutlook outlook) {}

    /** The addresses that a Gateway, or {@link ListenerPorts#INGRESS}, shows in its status: IP literals or host names. */
    @FunctionalInterface
    public interface PublishedAddresses {
        List<String> of(SourceRef owner);
    }

    public CompileSettings {
        alpn = List.copyOf(alpn);
        ownKeys = Collections.unmodifiableSortedMap(new TreeMap<>(ownKeys));
    }

    /** Standard names and proxy settings, routable endpoints only, HTTP/2 and HTTP/1.1. */
    public static CompileSettings standard(ListenerPorts ports, PublishedAddresses addresses, Instant now) {
        return new CompileSettings(
                Optional.empty(),
                INGRESS_CONTROLLER,
                GATEWAY_CONTROLLER,
                ports,
                addresses,
                Optional.empty(),
                Optional.empty(),
                Collections.emptySortedMap(),
                ProxySettings.STANDARD,
                RoutePolicy.Timeouts.STANDARD,
                TlsTerms.STANDARD,
                EndpointAddresses.routable(),
                List.of("h2", "http/1.1"),
                now);
    }

    public CompileSettings withMasterKeys(KeyRing keys) {
        return with(draft -> draft.masterKeys = Optional.of(keys));
    }

    public CompileSettings withKeyOutlook(KeyOutlook outlook) {
        return with(draft -> draft.keyOutlook = Optional.of(outlook));
    }

    public CompileSettings withOwnKeys(SortedMap<String, OwnKeys> keys) {
        return with(draft -> draft.ownKeys = keys);
    }

    /** With the behaviour that a DataPlane asks for; where it wants no HTTP/2 none is offered. */
    public CompileSettings withProxy(ProxySettings wanted, RoutePolicy.Timeouts routeTimeouts, TlsTerms terms) {
        boolean http2 = wanted.http2().map(ProxySettings.Http2::enabled).orElse(true);
        return with(draft -> {
            draft.proxy = wanted;
            draft.timeouts = routeTimeouts;
            draft.tls = terms;
            draft.alpn = http2
                    ? alpn
                    : alpn.stream().filter(name -> !name.equals("h2")).toList();
        });
    }

    /** With HTTP/3 offered before all else. */
    public CompileSettings withHttp3() {
        return with(draft -> draft.alpn =
                Stream.concat(Stream.of(HTTP3), draft.alpn.stream()).toList());
    }

    /** Which classes are this release's. */
    public Claims claims(ClusterSnapshot snapshot) {
        return new Claims(snapshot.dataPlanes(), dataPlane, ingressController, gatewayController);
    }

    /** As one of several releases. */
    public CompileSettings withDataPlane(ObjectName own) {
        return with(draft -> draft.dataPlane = Optional.of(own));
    }

    /** What a route is carried by that says nothing of its own. */
    public RoutePolicy routePolicy() {
        RoutePolicy standard = RoutePolicy.STANDARD;
        return new RoutePolicy(
                timeouts, standard.retry(), standard.buffering(), standard.bodyLimit(), standard.compression());
    }

    public CompileSettings withEndpointAddresses(EndpointAddresses believed) {
        return with(draft -> draft.endpointAddresses = believed);
    }

    private CompileSettings with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return new CompileSettings(
                draft.dataPlane,
                ingressController,
                gatewayController,
                ports,
                addresses,
                draft.masterKeys,
                draft.keyOutlook,
                draft.ownKeys,
                draft.proxy,
                draft.timeouts,
                draft.tls,
                draft.endpointAddresses,
                draft.alpn,
                now);
    }

    /** What may be another in a copy. */
    private static final class Draft {
        private Optional<ObjectName> dataPlane;
        private Optional<KeyRing> masterKeys;
        private Optional<KeyOutlook> keyOutlook;
        private SortedMap<String, OwnKeys> ownKeys;
        private ProxySettings proxy;
        private RoutePolicy.Timeouts timeouts;
        private TlsTerms tls;
        private EndpointAddresses endpointAddresses;
        private List<String> alpn;

        Draft(CompileSettings of) {
            dataPlane = of.dataPlane;
            masterKeys = of.masterKeys;
            keyOutlook = of.keyOutlook;
            ownKeys = of.ownKeys;
            proxy = of.proxy;
            timeouts = of.timeouts;
            tls = of.tls;
            endpointAddresses = of.endpointAddresses;
            alpn = of.alpn;
        }
    }
}
