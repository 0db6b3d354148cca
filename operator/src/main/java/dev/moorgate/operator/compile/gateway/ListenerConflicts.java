package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Listeners of one port that requests could not tell apart: none of them is served (Gateway API, "Handling indistinct Listeners").
 */
final class ListenerConflicts {
    private static final int MOST_NAMES = 5;

    private ListenerConflicts() {}

    /** Of listeners of one Gateway and port that are accepted so far. */
    static void check(List<GatewayListener> listeners) {
        if (listeners.stream().map(GatewayListener::protocol).distinct().count() > 1) {
            for (GatewayListener listener : listeners) {
                conflict(
                        listener,
                        Reason.PROTOCOL_CONFLICT,
                        "port " + listener.port() + " has listeners of protocol "
                                + listeners.stream()
                                        .map(each -> each.protocol().name())
                                        .distinct()
                                        .sorted()
                                        .collect(Collectors.joining(" and of protocol "))
                                + " ("
                                + others(listener, listeners) + "): use a port for each protocol");
            }
            return;
        }
        Map<HostPattern, List<GatewayListener>> byHost = new HashMap<>();
        for (GatewayListener listener : listeners) {
            byHost.merge(listener.hostname(), List.of(listener), ListenerConflicts::append);
        }
        for (GatewayListener listener : listeners) {
            List<GatewayListener> same = byHost.getOrDefault(listener.hostname(), List.of());
            if (same.size() > 1) {
                conflict(
                        listener,
                        Reason.HOSTNAME_CONFLICT,
                        "port " + listener.port() + " has hostname " + listener.hostname() + " a second time ("
                                + others(listener, same) + "): give each listener a hostname of its own");
            }
        }
    }

    /**
     * Of a listener of a ListenerSet and those before it: the earlier one is served and the later one is not. Its message does not name
     * the others, which may be none of its author's business.
     *
     * @param served of the same Gateway
     */
    static void check(Listener later, Field at, Conditions conditions, List<GatewayListener> served) {
        int port = Objects.requireNonNullElse(later.getPort(), 0);
        List<GatewayListener> same =
                served.stream().filter(earlier -> earlier.port() == port).toList();
        if (same.isEmpty()) {
            return;
        }
        String protocol = same.getFirst().protocol().name();
        if (!protocol.equals(later.getProtocol())) {
            conflict(
                    conditions,
                    at,
                    Reason.PROTOCOL_CONFLICT,
                    "port " + port + " has protocol " + protocol
                            + " by the Gateway or an older ListenerSet: choose another port");
            return;
        }
        Optional<HostPattern> hostname = Hostnames.gateway(later.getHostname());
        if (hostname.isPresent()
                && same.stream().anyMatch(earlier -> earlier.hostname().equals(hostname.get()))) {
            conflict(
                    conditions,
                    at,
                    Reason.HOSTNAME_CONFLICT,
                    "port " + port + " has hostname " + hostname.get()
                            + " by the Gateway or an older ListenerSet: choose another hostname");
        }
    }

    /** Of listeners that are served: those on HTTPS whose host names overlap are told so. */
    static void findOverlaps(List<GatewayListener> listeners) {
        for (GatewayListener listener : listeners) {
            List<GatewayListener> overlapping = listeners.stream()
                    .filter(other -> other != listener && listener.protocol() == Protocol.HTTPS)
                    .filter(other -> Hostnames.covers(listener.hostname(), other.hostname())
                            || Hostnames.covers(other.hostname(), listener.hostname()))
                    .toList();
            if (!overlapping.isEmpty()) {
                listener.conditions()
                        .refuse(
                                ConditionType.OVERLAPPING_TLS_CONFIG,
                                Reason.OVERLAPPING_HOSTNAMES,
                                "",
                                "hostname " + listener.hostname() + " overlaps with that of "
                                        + others(listener, overlapping)
                                        + ": a client that reuses its connection may be told 421");
            }
        }
    }

    private static void conflict(GatewayListener listener, Reason reason, String message) {
        conflict(listener.conditions(), Field.SPEC.of("listeners", listener.position()), reason, message);
    }

    private static void conflict(Conditions conditions, Field at, Reason reason, String message) {
        conditions
                .refuse(ConditionType.CONFLICTED, reason, at.toString(), message)
                .consequence(ConditionType.ACCEPTED, reason, message)
                .consequence(ConditionType.PROGRAMMED, reason, message);
    }

    private static String others(GatewayListener listener, List<GatewayListener> all) {
        return all.stream()
                .filter(other -> other != listener)
                .limit(MOST_NAMES)
                .map(other -> other.owner().equals(listener.owner()) ? other.name() : "one of another object")
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static List<GatewayListener> append(List<GatewayListener> some, List<GatewayListener> more) {
        List<GatewayListener> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }
}
