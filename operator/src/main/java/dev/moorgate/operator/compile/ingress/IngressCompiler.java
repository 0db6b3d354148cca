package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.ListenerPorts;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.route.Surroundings;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus.Address;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.IngressClassNames;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.VirtualHost;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Ingress v1 to the listeners on ports 80 and 443 that all Ingresses share: classes, then each Ingress from the oldest on, then the
 * virtual hosts with conflicts decided, then the listeners.
 */
public final class IngressCompiler {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final Parts parts;
    private final IngressMemo memo;
    private final IngressTls tls;
    private final SortedMap<HostPattern, List<IngressPath>> paths = new TreeMap<>(Hostnames::bySpecificity);

    public IngressCompiler(Parts parts, IngressMemo memo) {
        this.parts = parts;
        this.memo = memo;
        this.tls = new IngressTls(parts);
    }

    public void compile() {
        List<Ingress> ours = ours();
        for (Ingress ingress : ours) {
            ObjectRef object = reference(ingress);
            publish(object);
            parts.routePolicies().serve(object.source());
            if (ingress.getSpec() == null) {
                parts.report().error(object, Reason.INVALID, "spec", "is missing: nothing is served");
            } else {
                add(ingress, object);
            }
        }
        boolean isAlwaysBound = parts.settings().ports().isIngressAlwaysBound();
        if (!ours.isEmpty() || isAlwaysBound) {
            List<IngressHost> hosts = new ArrayList<>(paths.size());
            paths.forEach((host, found) -> hosts.add(host(host, found)));
            Optional<ListenerTls> certificates = tls.build();
            hosts.forEach(host -> {
                if (host.wantsHttps() && !tls.covers(host.host())) {
                    warnUnredirected(host);
                }
            });
            listener(HTTP_PORT, Listener.Protocol.HTTP, Optional.empty(), hosts, ours);
            if (certificates.isPresent()) {
                listener(HTTPS_PORT, Listener.Protocol.HTTPS, certificates, hosts, ours);
            } else if (isAlwaysBound) {
                listener(HTTPS_PORT, Listener.Protocol.HTTPS, Optional.of(tls.refusing()), List.of(), ours);
            }
        }
    }

    /** An Ingress that we fail on, by our mistake, loses its own paths and nobody else's: an exception ends here. */
    private void add(Ingress ingress, ObjectRef object) {
        try {
            List<IngressPath> found = paths(ingress, object);
            tls.add(ingress, object);
            found.forEach(path -> paths.computeIfAbsent(path.host(), host -> new ArrayList<>())
                    .add(path));
        } catch (RuntimeException e) {
            parts.report()
                    .error(
                            object,
                            Reason.INVALID,
                            "spec",
                            "cannot be read (" + e.getClass().getSimpleName() + "): check it");
        }
    }

    private List<IngressPath> paths(Ingress ingress, ObjectRef object) {
        List<IngressPath> known = memo.paths(ingress, parts);
        if (known != null) {
            return known;
        }
        Surroundings surroundings = new Surroundings(parts, parts.settings().routePolicy(), object);
        List<IngressPath> made = new IngressRules(surroundings, ingress, object).compile();
        surroundings.answers().ifPresent(answers -> memo.keep(ingress, answers, made));
        return made;
    }

    private List<Ingress> ours() {
        var classes = new IngressClasses(parts.snapshot(), parts.settings());
        var ours = new ArrayList<Ingress>();
        for (Ingress ingress : parts.snapshot().ingresses()) {
            switch (classes.judge(ingress)) {
                case OURS -> ours.add(ingress);
                case ANOTHERS -> {}
                case UNKNOWN ->
                    unserved(
                            ingress,
                            "spec.ingressClassName",
                            "names an IngressClass that does not exist: nobody serves this Ingress");
                case UNKNOWN_ANNOTATION ->
                    unserved(
                            ingress,
                            "metadata.annotations[" + IngressClassNames.ANNOTATION + "]",
                            "names an IngressClass that does not exist: Moorgate does not serve this Ingress");
                case UNCLAIMED ->
                    unserved(
                            ingress,
                            "spec.ingressClassName",
                            "is absent, and no IngressClass of Moorgate is the default one: it does not serve this Ingress");
            }
        }
        ours.sort(Metadata.OLDEST_FIRST);
        return ours;
    }

    private void unserved(Ingress ingress, String field, String message) {
        parts.report().warning(reference(ingress), Reason.CLASS_NOT_FOUND, field, message);
    }

    private void publish(ObjectRef object) {
        var draft = parts.report().ingress(object);
        for (String address : parts.settings().addresses().of(ListenerPorts.INGRESS)) {
            draft.address(new Address(!isLiteral(address), address));
        }
    }

    private static boolean isLiteral(String address) {
        try {
            InetAddress.ofLiteral(address);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A conflict is told once a compile: a host that has one is made anew. */
    private IngressHost host(HostPattern pattern, List<IngressPath> found) {
        IngressHost known = memo.host(pattern, found);
        IngressHost host = known != null ? known : new IngressHost(pattern, found, settle(found));
        if (host.isWithoutConflict()) {
            memo.keep(host);
        }
        return host;
    }

    /** A host's paths in order; of two that take the same requests the oldest Ingress's stays, and the other's owner is told. */
    private List<IngressPath> settle(List<IngressPath> found) {
        List<IngressPath> inOrder = new ArrayList<>(found);
        inOrder.sort(null);
        Map<Object, IngressPath> taken = new HashMap<>();
        inOrder.removeIf(path -> {
            IngressPath winner = taken.putIfAbsent(List.of(path.match(), path.isDefault(), path.isBroken()), path);
            if (winner == null) {
                return false;
            }
            parts.report()
                    .error(
                            path.ingress(),
                            Reason.PATH_CONFLICT,
                            path.field(),
                            "host " + path.host() + " path " + shown(path) + " is served by "
                                    + (winner.ingress().equals(path.ingress())
                                            ? winner.field() + " already"
                                            : winner.ingress() + " " + winner.field()
                                                    + ", which is older or first by name"));
            return true;
        });
        return inOrder;
    }

    private void warnUnredirected(IngressHost host) {
        host.paths().stream()
                .filter(IngressPath::toHttps)
                .map(IngressPath::ingress)
                .distinct()
                .forEach(ingress -> parts.report()
                        .warning(
                                ingress,
                                Reason.IGNORED,
                                "metadata.annotations[" + IngressRules.SSL_REDIRECT + "]",
                                "host " + host.host()
                                        + " is not redirected, for no Ingress has TLS for it: add it to spec.tls"));
    }

    private static String shown(IngressPath path) {
        String value = path.match().path().value();
        return value.isEmpty() ? "/" : value;
    }

    private void listener(
            int port,
            Listener.Protocol protocol,
            Optional<ListenerTls> certificates,
            List<IngressHost> hosts,
            List<Ingress> ours) {
        String name = "ingress/" + port;
        Optional<BindPoint> socket = parts.settings().ports().find(ListenerPorts.INGRESS, port);
        if (socket.isEmpty() || !parts.table().claim(socket.get(), name)) {
            for (Ingress ingress : ours) {
                parts.report()
                        .error(
                                reference(ingress),
                                Reason.PORT_UNAVAILABLE,
                                "",
                                "port " + port + " cannot be had: it is not served on it");
            }
            return;
        }
        List<VirtualHost> virtualHosts = hosts.stream()
                .map(host -> host.on(protocol, redirectsTo(host, protocol)))
                .toList();
        parts.table()
                .add(new Listener(
                        name,
                        ListenerPorts.INGRESS,
                        protocol,
                        port,
                        socket.get().bindAddress(),
                        socket.get().bindPort(),
                        socket.get().publicPort(),
                        certificates,
                        virtualHosts));
    }

    /** The port that those of the host's paths lead to that want TLS; empty: they do not. */
    private OptionalInt redirectsTo(IngressHost host, Listener.Protocol protocol) {
        if (protocol == Listener.Protocol.HTTPS || !host.wantsHttps() || !tls.covers(host.host())) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(parts.settings()
                .ports()
                .find(ListenerPorts.INGRESS, HTTPS_PORT)
                .map(BindPoint::publicPort)
                .orElse(HTTPS_PORT));
    }

    private static ObjectRef reference(Ingress ingress) {
        return new ObjectRef(
                "networking.k8s.io/v1",
                "Ingress",
                Metadata.namespace(ingress),
                Metadata.name(ingress),
                Metadata.generation(ingress));
    }
}
