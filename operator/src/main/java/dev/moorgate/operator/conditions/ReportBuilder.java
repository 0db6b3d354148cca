package dev.moorgate.operator.conditions;

import dev.moorgate.operator.conditions.ObjectStatus.Address;
import dev.moorgate.operator.conditions.ObjectStatus.Entry;
import dev.moorgate.operator.conditions.ObjectStatus.Keys;
import dev.moorgate.operator.conditions.ObjectStatus.ListenerStatus;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Gathers a {@link StatusReport} during one compile; confined to it. Asking twice for an object, listener, parent or ancestor gives
 * the same draft.
 */
public final class ReportBuilder {
    private final SortedMap<ObjectRef, Draft> drafts = new TreeMap<>();
    private final SettledStatuses settled = new SettledStatuses();
    private final SortedMap<ObjectRef, List<Notice>> notices = new TreeMap<>();
    private final Set<Finding> findings = new LinkedHashSet<>();
    private final Set<ObjectRef> withheld = new HashSet<>();

    ReportBuilder() {}

    /** Starts with Accepted and SupportedVersion. */
    public GatewayClassDraft gatewayClass(ObjectRef object) {
        return draft(
                object,
                GatewayClassDraft.class,
                new GatewayClassDraft(conditions(object, ConditionType.ACCEPTED, ConditionType.SUPPORTED_VERSION)));
    }

    /** A Gateway or ListenerSet: starts with Accepted and Programmed; its listeners with Accepted, ResolvedRefs, Programmed and Conflicted. */
    public GatewayDraft gateway(ObjectRef object) {
        return draft(object, GatewayDraft.class, new GatewayDraft(object));
    }

    /** Its parents start with Accepted and ResolvedRefs. */
    public RouteDraft route(ObjectRef object) {
        return draft(object, RouteDraft.class, new RouteDraft(object));
    }

    /** The object's status is this, and nothing is added to it any more. */
    public ReportBuilder settle(ObjectRef object, ObjectStatus status) {
        drafts.remove(object);
        settled.add(object, status);
        return this;
    }

    /** A policy or RouteFilter; its ancestors start with Accepted. */
    public PolicyDraft policy(ObjectRef object) {
        return draft(object, PolicyDraft.class, new PolicyDraft(object));
    }

    public IngressDraft ingress(ObjectRef object) {
        return draft(object, IngressDraft.class, new IngressDraft());
    }

    /** Tells the object's owner something; the same notice twice is one. */
    public ReportBuilder notice(ObjectRef object, Notice notice) {
        List<Notice> told = notices.computeIfAbsent(object, absent -> new ArrayList<>());
        if (!told.contains(notice)) {
            told.add(notice);
        }
        return this;
    }

    /** A part of the object is not served as written. */
    public ReportBuilder error(ObjectRef object, Reason reason, String field, String message) {
        return notice(object, new Notice(Notice.Severity.ERROR, reason, field, message));
    }

    /** The object is served as written, but its owner should look. */
    public ReportBuilder warning(ObjectRef object, Reason reason, String field, String message) {
        return notice(object, new Notice(Notice.Severity.WARNING, reason, field, message));
    }

    /** Leaves the object's status out of the report: what it refers to has not been read yet, so that nothing can be said. */
    public ReportBuilder withhold(ObjectRef object) {
        withheld.add(object);
        return this;
    }

    public StatusReport build() {
        SortedMap<ObjectRef, ObjectStatus> statuses = settled.toMap();
        drafts.forEach((object, draft) -> statuses.put(object, draft.build()));
        statuses.keySet().removeAll(withheld);
        return new StatusReport(statuses, notices, List.copyOf(findings), withheld);
    }

    private Conditions conditions(ObjectRef object, ConditionType... types) {
        return new Conditions(object, findings, types);
    }

    private <D extends Draft> D draft(ObjectRef object, Class<D> kind, D fresh) {
        return kind.cast(drafts.computeIfAbsent(object, absent -> fresh));
    }

    /** A status while it is gathered. */
    public sealed interface Draft {
        ObjectStatus build();
    }

    /** A GatewayClass's status while it is gathered. */
    public static final class GatewayClassDraft implements Draft {
        private final Conditions conditions;
        private List<String> supportedFeatures = List.of();

        private GatewayClassDraft(Conditions conditions) {
            this.conditions = conditions;
        }

        public Conditions conditions() {
            return conditions;
        }

        public GatewayClassDraft supportedFeatures(List<String> features) {
            supportedFeatures = List.copyOf(features);
            return this;
        }

        @Override
        public ObjectStatus build() {
            return new ObjectStatus.OfGatewayClass(conditions.build(), supportedFeatures);
        }
    }

    /** A Gateway's or ListenerSet's status while it is gathered. */
    public final class GatewayDraft implements Draft {
        private final ObjectRef object;
        private final Conditions conditions;
        private final List<Address> addresses = new ArrayList<>();
        private final Map<String, ListenerDraft> listeners = new LinkedHashMap<>();
        private int listenerSets;

        private GatewayDraft(ObjectRef object) {
            this.object = object;
            this.conditions = ReportBuilder.this.conditions(object, ConditionType.ACCEPTED, ConditionType.PROGRAMMED);
        }

        public Conditions conditions() {
            return conditions;
        }

        public GatewayDraft address(Address address) {
            if (!addresses.contains(address)) {
                addresses.add(address);
            }
            return this;
        }

        /** Counts one more ListenerSet that is attached and accepted. */
        public GatewayDraft attachListenerSet() {
            listenerSets++;
            return this;
        }

        /** Listeners appear in the order in which they are first asked for. */
        public ListenerDraft listener(String name) {
            return listeners.computeIfAbsent(
                    name,
                    absent -> new ListenerDraft(ReportBuilder.this.conditions(
                            object,
                            ConditionType.ACCEPTED,
                            ConditionType.RESOLVED_REFS,
                            ConditionType.PROGRAMMED,
                            ConditionType.CONFLICTED)));
        }

        @Override
        public ObjectStatus build() {
            List<ListenerStatus> built = new ArrayList<>();
            listeners.forEach((name, draft) -> built.add(draft.build(name)));
            return new ObjectStatus.OfGateway(addresses, conditions.build(), built, listenerSets);
        }
    }

    /** A listener's status while it is gathered. */
    public static final class ListenerDraft {
        private final Conditions conditions;
        private List<RouteKind> supportedKinds = List.of();
        private int attachedRoutes;

        private ListenerDraft(Conditions conditions) {
            this.conditions = conditions;
        }

        public Conditions conditions() {
            return conditions;
        }

        public ListenerDraft supportedKinds(List<RouteKind> kinds) {
            supportedKinds = List.copyOf(kinds);
            return this;
        }

        /** Counts one more route that is attached and accepted. */
        public ListenerDraft attachRoute() {
            attachedRoutes++;
            return this;
        }

        private ListenerStatus build(String name) {
            return new ListenerStatus(name, supportedKinds, attachedRoutes, conditions.build());
        }
    }

    /** A route's status while it is gathered. */
    public final class RouteDraft implements Draft {
        private final ObjectRef object;
        private final Map<Key, Conditions> parents = new LinkedHashMap<>();

        private RouteDraft(ObjectRef object) {
            this.object = object;
        }

        /** Parents appear in the order in which they are first asked for: that of the spec. */
        public Conditions parent(PartRef parentRef, String controllerName) {
            return parents.computeIfAbsent(
                    new Key(parentRef, controllerName),
                    absent -> conditions(object, ConditionType.ACCEPTED, ConditionType.RESOLVED_REFS));
        }

        @Override
        public ObjectStatus build() {
            return new ObjectStatus.OfRoute(entries(parents));
        }
    }

    /** A policy's status while it is gathered. */
    public final class PolicyDraft implements Draft {
        private final ObjectRef object;
        private final Map<Key, Conditions> ancestors = new TreeMap<>(Key.ORDER);
        private final SortedMap<String, String> effective = new TreeMap<>();
        private Optional<Keys> keys = Optional.empty();

        private PolicyDraft(ObjectRef object) {
            this.object = object;
        }

        /** Ancestors are sorted. */
        public Conditions ancestor(PartRef ancestorRef, String controllerName) {
            return ancestors.computeIfAbsent(
                    new Key(ancestorRef, controllerName), absent -> conditions(object, ConditionType.ACCEPTED));
        }

        /** What is in force after defaults. */
        public PolicyDraft effective(String field, String value) {
            effective.put(field, value);
            return this;
        }

        /** What protects its tokens. */
        public PolicyDraft keys(Keys ids) {
            keys = Optional.of(ids);
            return this;
        }

        @Override
        public ObjectStatus build() {
            return new ObjectStatus.OfPolicy(entries(ancestors), new TreeMap<>(effective), keys);
        }
    }

    /** An Ingress's status while it is gathered. */
    public static final class IngressDraft implements Draft {
        private final List<Address> addresses = new ArrayList<>();

        private IngressDraft() {}

        public IngressDraft address(Address address) {
            if (!addresses.contains(address)) {
                addresses.add(address);
            }
            return this;
        }

        @Override
        public ObjectStatus build() {
            return new ObjectStatus.OfIngress(addresses);
        }
    }

    /** What tells two entries of a route or policy apart. */
    private record Key(PartRef ref, String controllerName) {
        private static final Comparator<Key> ORDER =
                Comparator.comparing((Key key) -> key.ref().render().toString()).thenComparing(Key::controllerName);
    }

    private static List<Entry> entries(Map<Key, Conditions> drafts) {
        List<Entry> built = new ArrayList<>();
        drafts.forEach((key, conditions) -> built.add(new Entry(key.ref(), key.controllerName(), conditions.build())));
        return built;
    }
}
