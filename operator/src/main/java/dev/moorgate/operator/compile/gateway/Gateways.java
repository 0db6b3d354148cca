package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.tls.TlsPolicies;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.GatewayDraft;
import dev.moorgate.operator.conditions.ReportBuilder.ListenerDraft;
import dev.moorgate.operator.snapshot.ListenerSet;
import dev.moorgate.operator.snapshot.ListenerSets;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.Policy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One Gateway: its listeners, checked one by one and against each other; then, with routes attached, its ports. */
final class Gateways {
    private final Parts parts;
    private final HostMemo memo;

    Gateways(Parts parts, HostMemo memo) {
        this.parts = parts;
        this.memo = memo;
    }

    /** The listeners with everything that is wrong with them. */
    Merged listeners(Gateway gateway, ObjectRef object, ListenerSets sets) {
        List<GatewayListener> own = listeners(
                gateway, object, Objects.requireNonNullElse(gateway.getSpec().getListeners(), List.of()), List.of());
        ports(own).values().forEach(ListenerConflicts::check);
        List<GatewayListener> served = new ArrayList<>(own);
        List<Merged.OfSet> ofSets = new ArrayList<>();
        for (ListenerSet set : sets.of(gateway)) {
            ObjectRef reference = reference(set);
            boolean isTaken = sets.isTaken(gateway, set);
            List<GatewayListener> listeners = isTaken ? listeners(gateway, reference, set, served) : List.of();
            served.addAll(listeners);
            ofSets.add(new Merged.OfSet(reference, isTaken, listeners));
        }
        Merged merged = new Merged(own, ofSets);
        ports(served).forEach((port, same) -> bindPoint(object, port, same));
        ports(served).values().forEach(ListenerConflicts::findOverlaps);
        return merged;
    }

    /** A ListenerSet that we fail on, by our mistake, loses its own listeners and nobody else's: an exception ends here. */
    private List<GatewayListener> listeners(
            Gateway gateway, ObjectRef object, ListenerSet set, List<GatewayListener> served) {
        try {
            return listeners(gateway, object, ListenerSets.listeners(set), served);
        } catch (RuntimeException e) {
            parts.report()
                    .gateway(object)
                    .conditions()
                    .refuse(
                            ConditionType.ACCEPTED,
                            Reason.INVALID,
                            "spec.listeners",
                            "cannot be read (" + e.getClass().getSimpleName() + "): check it");
            return List.of();
        }
    }

    private static ObjectRef reference(ListenerSet set) {
        return new ObjectRef(
                "gateway.networking.k8s.io/v1",
                "ListenerSet",
                Metadata.namespace(set),
                Metadata.name(set),
                Metadata.generation(set));
    }

    /** @param before that are served already, and are not to be in conflict with */
    private List<GatewayListener> listeners(
            Gateway gateway, ObjectRef owner, List<Listener> written, List<GatewayListener> before) {
        GatewayDraft draft = parts.report().gateway(owner);
        Map<String, GatewayListener> listeners = new LinkedHashMap<>();
        List<GatewayListener> earlier = new ArrayList<>(before);
        for (int i = 0; i < written.size(); i++) {
            String name = Objects.requireNonNullElse(written.get(i).getName(), "");
            if (listeners.containsKey(name)) {
                parts.report()
                        .error(
                                owner,
                                Reason.INVALID,
                                Field.SPEC.of("listeners", i).of("name").toString(),
                                "\"" + Tokens.shown(name) + "\" is the name of an earlier listener: choose another");
            } else {
                ListenerDraft entry = draft.listener(name);
                if (owner.kind().equals("ListenerSet")) {
                    ListenerConflicts.check(
                            written.get(i),
                            Field.SPEC.of("listeners", i),
                            entry.conditions(),
                            earlier.stream().filter(GatewayListener::isServed).toList());
                }
                GatewayListener listener = listener(gateway, owner, written.get(i), i, entry);
                listeners.put(name, listener);
                earlier.add(listener);
            }
        }
        return List.copyOf(listeners.values());
    }

    private GatewayListener listener(
            Gateway gateway, ObjectRef object, Listener source, int position, ListenerDraft draft) {
        Field at = Field.SPEC.of("listeners", position);
        Conditions conditions = draft.conditions();
        String protocol = Objects.requireNonNullElse(source.getProtocol(), "");
        boolean isSecured = protocol.equals("HTTPS") || protocol.equals("TLS");
        int port = Objects.requireNonNullElse(source.getPort(), 0);
        Optional<HostPattern> hostname = Hostnames.gateway(source.getHostname());
        if (!isSecured && !protocol.equals("HTTP")) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.UNSUPPORTED_PROTOCOL,
                    at.of("protocol").toString(),
                    "\"" + Tokens.shown(protocol) + "\" is not supported: use HTTP, HTTPS or TLS");
        } else if (port < 1 || port > 65535) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.PORT_UNAVAILABLE,
                    at.of("port").toString(),
                    port + " is no port: use 1 to 65535");
        }
        if (hostname.isEmpty()) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.UNSUPPORTED_VALUE,
                    at.of("hostname").toString(),
                    "\"" + Tokens.shown(source.getHostname()) + "\" is no host name");
        }
        Optional<Policy> policy = Optional.empty();
        if (isSecured) {
            checkTls(source, at, conditions);
            policy = TlsPolicies.ofListener(source.getTls(), at.of("tls"), conditions);
        }
        AllowedRoutes allowed = AllowedRoutes.compile(parts.snapshot(), object.namespace(), source, at, conditions);
        Optional<Protocol> spoken = switch (protocol) {
            case "HTTP" -> Optional.of(Protocol.HTTP);
            case "HTTPS" -> Optional.of(Protocol.HTTPS);
            case "TLS" -> Optional.of(Protocol.TLS);
            default -> Optional.empty();
        };
        if (spoken.isPresent()) {
            draft.supportedKinds(allowed.kinds());
        }
        Optional<ClientValidation> clients = protocol.equals("HTTPS")
                ? new FrontendValidation(parts, gateway, GatewayCompiler.reference(gateway)).compile(port, conditions)
                : Optional.empty();
        return new GatewayListener(
                object, source, position, spoken, hostname.orElse(HostPattern.ANY), clients, policy, allowed, draft);
    }

    private static void checkTls(Listener source, Field at, Conditions conditions) {
        String mode = source.getTls() == null
                ? "Terminate"
                : Objects.requireNonNullElse(source.getTls().getMode(), "Terminate");
        boolean isHttps = "HTTPS".equals(source.getProtocol());
        if (!mode.equals("Terminate") && (isHttps || !mode.equals("Passthrough"))) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.UNSUPPORTED_VALUE,
                    at.of("tls").of("mode").toString(),
                    "\"" + Tokens.shown(mode) + "\" is not supported with protocol " + source.getProtocol() + ": use "
                            + (isHttps ? "Terminate" : "Terminate or Passthrough"));
        }
    }

    /** Says where the port is bound; nowhere: none of its listeners is accepted. */
    private void bindPoint(ObjectRef gateway, int port, List<GatewayListener> listeners) {
        Optional<BindPoint> point = parts.settings().ports().find(gateway.source(), port);
        boolean isFree = point.isPresent() && parts.table().claim(point.get(), listenerName(gateway, port));
        if (!isFree) {
            for (GatewayListener listener : listeners) {
                listener.conditions()
                        .refuse(
                                ConditionType.ACCEPTED,
                                Reason.PORT_UNAVAILABLE,
                                "spec.listeners[" + listener.position() + "].port",
                                "port " + port
                                        + (point.isPresent()
                                                ? " is taken by another listener: choose another"
                                                : " cannot be had: choose another, or see the operator's log"));
            }
        }
    }

    /** One routetable listener a port: called when routes are attached. */
    void publish(ObjectRef gateway, List<GatewayListener> listeners) {
        ports(listeners).forEach((port, same) -> {
            Optional<ListenerTls> tls = new ListenerCertificates(parts).compile(same);
            BindPoint point =
                    parts.settings().ports().find(gateway.source(), port).orElseThrow();
            String name = listenerName(gateway, port);
            HostMemo.Hosts hosts = VirtualHosts.compile(same, memo.find(name));
            memo.keep(name, hosts);
            parts.table()
                    .add(new dev.moorgate.routetable.Listener(
                            name,
                            gateway.source(),
                            same.getFirst().protocol(),
                            port,
                            point.bindAddress(),
                            point.bindPort(),
                            point.publicPort(),
                            tls,
                            hosts.inOrder()));
        });
    }

    private static String listenerName(ObjectRef gateway, int port) {
        return "gateway/" + gateway.namespace() + "/" + gateway.name() + "/" + port;
    }

    /** Listeners that are accepted and not in conflict, by their port. */
    private static SortedMap<Integer, List<GatewayListener>> ports(List<GatewayListener> listeners) {
        SortedMap<Integer, List<GatewayListener>> ports = new TreeMap<>();
        for (GatewayListener listener : listeners) {
            if (listener.isServed()) {
                ports.computeIfAbsent(listener.port(), absent -> new ArrayList<>())
                        .add(listener);
            }
        }
        return ports;
    }
}
