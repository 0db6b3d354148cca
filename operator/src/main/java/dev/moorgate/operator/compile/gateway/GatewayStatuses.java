package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus.Address;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.GatewayDraft;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewaySpecAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a Gateway as a whole says, once its listeners and routes are done: Accepted, Programmed, ResolvedRefs, addresses. */
final class GatewayStatuses {
    private final Parts parts;

    GatewayStatuses(Parts parts) {
        this.parts = parts;
    }

    void tell(Gateway gateway, ObjectRef object, Merged merged) {
        List<GatewayListener> listeners = merged.own();
        GatewayDraft draft = parts.report().gateway(object);
        Conditions conditions = draft.conditions().expect(ConditionType.RESOLVED_REFS);
        tellAccepted(conditions, merged);
        merged.all().forEach(listener -> tell(listener, conditions.isGood(ConditionType.ACCEPTED)));
        List<GatewayListener> unresolved = listeners.stream()
                .filter(listener -> !listener.conditions().isGood(ConditionType.RESOLVED_REFS))
                .toList();
        if (!unresolved.isEmpty()) {
            conditions.consequence(
                    ConditionType.RESOLVED_REFS,
                    Reason.LISTENERS_NOT_RESOLVED,
                    "references of " + names(unresolved) + " do not resolve");
        }
        List<String> addresses = parts.settings().addresses().of(object.source());
        addresses.forEach(address -> draft.address(new Address(!isLiteral(address), address)));
        tellProgrammed(gateway, conditions, merged.all(), addresses);
        merged.sets().forEach(set -> tell(set, draft));
    }

    /** What is wrong with the Gateway itself, so that none of its listeners is served. */
    void check(Gateway gateway, ObjectRef object) {
        Conditions conditions = parts.report().gateway(object).conditions();
        if (gateway.getSpec().getInfrastructure() != null
                && gateway.getSpec().getInfrastructure().getParametersRef() != null) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.INVALID_PARAMETERS,
                    "spec.infrastructure.parametersRef",
                    "parameters of single Gateways are not supported: remove it");
        }
        List<GatewaySpecAddress> addresses = Present.items(gateway.getSpec().getAddresses());
        for (int i = 0; i < addresses.size(); i++) {
            String type = Objects.requireNonNullElse(addresses.get(i).getType(), "IPAddress");
            if (!type.equals("IPAddress") && !type.equals("Hostname")) {
                conditions.refuse(
                        ConditionType.ACCEPTED,
                        Reason.UNSUPPORTED_ADDRESS,
                        Field.SPEC.of("addresses", i).of("type").toString(),
                        "\"" + Tokens.shown(type) + "\" is not supported: use IPAddress or Hostname");
            }
        }
    }

    /** A ListenerSet is accepted with one listener that can be served, and programmed with its Gateway. */
    private void tell(Merged.OfSet set, GatewayDraft gateway) {
        Conditions conditions = parts.report().gateway(set.object()).conditions();
        if (!set.isTaken()) {
            String message = "the Gateway takes no listeners from namespace "
                    + set.object().namespace() + ": see its spec.allowedListeners";
            conditions
                    .refuse(ConditionType.ACCEPTED, Reason.NOT_ALLOWED, "spec.parentRef", message)
                    .consequence(ConditionType.PROGRAMMED, Reason.NOT_ALLOWED, message);
            return;
        }
        List<GatewayListener> unserved =
                set.listeners().stream().filter(listener -> !isServed(listener)).toList();
        if (!gateway.conditions().isGood(ConditionType.ACCEPTED)) {
            conditions
                    .consequence(ConditionType.ACCEPTED, Reason.PARENT_NOT_ACCEPTED, "the Gateway is not accepted")
                    .consequence(ConditionType.PROGRAMMED, Reason.PARENT_NOT_PROGRAMMED, "the Gateway is not accepted");
        } else if (unserved.size() == set.listeners().size()) {
            conditions
                    .consequence(ConditionType.ACCEPTED, Reason.LISTENERS_NOT_VALID, "no listener can be served")
                    .consequence(ConditionType.PROGRAMMED, Reason.LISTENERS_NOT_VALID, "no listener can be served");
        } else if (!unserved.isEmpty()) {
            conditions.accept(ConditionType.ACCEPTED, Reason.LISTENERS_NOT_VALID, "not served: " + names(unserved));
        }
        if (!gateway.conditions().isGood(ConditionType.PROGRAMMED)) {
            conditions.consequence(
                    ConditionType.PROGRAMMED, Reason.PARENT_NOT_PROGRAMMED, "the Gateway is not programmed");
        }
        if (conditions.isGood(ConditionType.ACCEPTED)) {
            gateway.attachListenerSet();
        }
    }

    private static boolean isServed(GatewayListener listener) {
        return listener.isServed() && listener.conditions().isGood(ConditionType.PROGRAMMED);
    }

    /** A Gateway with no good listener of its own is accepted for those that a ListenerSet brings. */
    private static void tellAccepted(Conditions conditions, Merged merged) {
        List<GatewayListener> listeners = merged.own();
        boolean isUsed =
                merged.sets().stream().flatMap(set -> set.listeners().stream()).anyMatch(GatewayListener::isServed);
        List<GatewayListener> refused =
                listeners.stream().filter(listener -> !listener.isServed()).toList();
        if (refused.size() == listeners.size() && !isUsed) {
            conditions.consequence(
                    ConditionType.ACCEPTED,
                    Reason.LISTENERS_NOT_VALID,
                    listeners.isEmpty() ? "the Gateway has no listener" : "no listener is accepted");
        } else if (!refused.isEmpty()) {
            conditions.accept(ConditionType.ACCEPTED, Reason.LISTENERS_NOT_VALID, "not accepted: " + names(refused));
        }
    }

    /** What is not accepted is not programmed. */
    private static void tell(GatewayListener listener, boolean isGatewayAccepted) {
        if (listener.conditions().isGood(ConditionType.PROGRAMMED) && !(isGatewayAccepted && listener.isServed())) {
            listener.conditions()
                    .consequence(
                            ConditionType.PROGRAMMED,
                            Reason.INVALID,
                            listener.isServed() ? "the Gateway is not accepted" : "the listener is not accepted");
        }
    }

    private static void tellProgrammed(
            Gateway gateway, Conditions conditions, List<GatewayListener> listeners, List<String> addresses) {
        if (!conditions.isGood(ConditionType.ACCEPTED)) {
            conditions.consequence(ConditionType.PROGRAMMED, Reason.INVALID, "the Gateway is not accepted");
            return;
        }
        if (listeners.stream().noneMatch(listener -> listener.conditions().isGood(ConditionType.PROGRAMMED))) {
            conditions.consequence(ConditionType.PROGRAMMED, Reason.INVALID, "no listener can be served");
        }
        if (addresses.isEmpty()) {
            conditions.consequence(
                    ConditionType.PROGRAMMED,
                    Reason.ADDRESS_NOT_ASSIGNED,
                    "no address is known yet: the Service of the Gateway has none");
        }
        List<GatewaySpecAddress> asked = Present.items(gateway.getSpec().getAddresses());
        for (int i = 0; i < asked.size(); i++) {
            String value = Objects.requireNonNullElse(asked.get(i).getValue(), "");
            if (!value.isEmpty() && !addresses.isEmpty() && !isAmong(value, addresses)) {
                conditions.refuse(
                        ConditionType.PROGRAMMED,
                        Reason.ADDRESS_NOT_USABLE,
                        Field.SPEC.of("addresses", i).toString(),
                        Tokens.shown(value) + " cannot be had: the Gateway has " + String.join(", ", addresses));
            }
        }
    }

    /** An IPv6 address has many forms, and host names are the same in any case. */
    private static boolean isAmong(String asked, List<String> addresses) {
        return addresses.stream()
                .anyMatch(address -> address.equalsIgnoreCase(asked)
                        || isLiteral(address)
                                && isLiteral(asked)
                                && InetAddress.ofLiteral(address).equals(InetAddress.ofLiteral(asked)));
    }

    private static boolean isLiteral(String address) {
        try {
            InetAddress.ofLiteral(address);
            return true;
        } catch (IllegalArgumentException noLiteral) {
            return false;
        }
    }

    private static String names(List<GatewayListener> listeners) {
        return listeners.stream()
                .map(listener -> "listener " + Tokens.shown(listener.name()))
                .collect(Collectors.joining(", "));
    }
}
