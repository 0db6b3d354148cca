package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.route.Rules;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import dev.moorgate.operator.conditions.ReportBuilder.ListenerDraft;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.Policy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One listener of a Gateway or ListenerSet while it is compiled: what is wrong with it is in its conditions, what attaches to it gathers here.
 * Routes attach to a listener that is not accepted too, for their number is part of its status. Confined to one compile.
 */
final class GatewayListener {
    private final ObjectRef owner;
    private final Listener source;
    private final int position;
    private final Optional<Protocol> protocol;
    private final HostPattern hostname;
    private final Optional<ClientValidation> clients;
    private final Optional<Policy> policy;
    private final AllowedRoutes allowed;
    private final ListenerDraft draft;
    private final Map<HostPattern, List<Rules.Ranked>> hosts = new LinkedHashMap<>();
    private final HostClaims claims = new HostClaims();

    /**
     * @param owner the Gateway or ListenerSet
     * @param position in the spec
     * @param protocol empty where it is not supported
     * @param clients what clients are asked for
     * @param policy of TLS; empty: it names none
     */
    GatewayListener(
            ObjectRef owner,
            Listener source,
            int position,
            Optional<Protocol> protocol,
            HostPattern hostname,
            Optional<ClientValidation> clients,
            Optional<Policy> policy,
            AllowedRoutes allowed,
            ListenerDraft draft) {
        this.owner = owner;
        this.source = source;
        this.position = position;
        this.protocol = protocol;
        this.hostname = hostname;
        this.clients = clients;
        this.policy = policy;
        this.allowed = allowed;
        this.draft = draft;
    }

    ObjectRef owner() {
        return owner;
    }

    /** Its name for the table: names are unique in one object only. */
    String section() {
        return owner.kind().equals("Gateway") ? name() : owner.namespace() + "/" + owner.name() + "/" + name();
    }

    Listener source() {
        return source;
    }

    int position() {
        return position;
    }

    String name() {
        return Objects.requireNonNullElse(source.getName(), "");
    }

    int port() {
        return Objects.requireNonNullElse(source.getPort(), 0);
    }

    /** Of a listener that is served. */
    Protocol protocol() {
        return protocol.orElseThrow();
    }

    /** Whether its connections are passed on with their TLS. */
    boolean isPassing() {
        return source.getTls() != null && "Passthrough".equals(source.getTls().getMode());
    }

    HostPattern hostname() {
        return hostname;
    }

    /** What clients are asked for; all listeners of a port ask the same. */
    Optional<ClientValidation> clients() {
        return clients;
    }

    /** Its own policy of TLS. */
    Optional<Policy> policy() {
        return policy;
    }

    Conditions conditions() {
        return draft.conditions();
    }

    /** Whether it is part of the table. */
    boolean isServed() {
        return conditions().isGood(ConditionType.ACCEPTED) && conditions().isGood(ConditionType.CONFLICTED);
    }

    boolean allow(RouteKind kind, String namespace) {
        return protocol.isPresent() && allowed.allow(kind, namespace);
    }

    /** Counts a route that is attached and accepted. */
    void attachRoute() {
        draft.attachRoute();
    }

    /** The hosts that its routes have, where routes of several kinds compete. */
    HostClaims claims() {
        return claims;
    }

    /** Adds a route of the virtual host {@code pattern}. */
    void bind(HostPattern pattern, Rules.Ranked ranked) {
        hosts.computeIfAbsent(pattern, absent -> new ArrayList<>()).add(ranked);
    }

    /** The routes that were bound, in the order of their coming, by the pattern of their virtual host. */
    Map<HostPattern, List<Rules.Ranked>> hosts() {
        return hosts;
    }
}
