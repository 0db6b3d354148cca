package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.Compilation.KeyWish;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.StickySessions;
import dev.moorgate.operator.compile.policy.Attachment;
import dev.moorgate.operator.compile.policy.Attachments;
import dev.moorgate.operator.compile.policy.PolicyTraits;
import dev.moorgate.operator.compile.policy.Scope;
import dev.moorgate.operator.compile.policy.Targets;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyScope.TargetRef;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import io.fabric8.kubernetes.api.model.Service;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Every StickyPolicy of a snapshot, oldest first: the first valid one that names an object, or a part of it, has it. Routes ask while
 * they are compiled; {@link #report} tells afterwards what became of each. Confined to one compile.
 */
public final class StickyPolicies implements StickySessions {
    private final ClusterSnapshot snapshot;
    private final CompileSettings settings;
    private final ReportBuilder report;
    private final PolicyKeys keys;
    private final Targets targets;
    private final Splits splits;
    private final TokenClashes clashes;
    private final Attachments<PolicySessions> attachments;
    private final Claims claims;
    private final SessionGroups groups = new SessionGroups();
    private final Set<SourceRef> compiled = new HashSet<>();

    public StickyPolicies(ClusterSnapshot snapshot, CompileSettings settings, Grants grants, ReportBuilder report) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.report = report;
        this.claims = settings.claims(snapshot);
        this.keys = new PolicyKeys(snapshot, settings, grants);
        this.targets = new Targets(snapshot, "a Service, Ingress, HTTPRoute or GRPCRoute");
        this.splits = new Splits(snapshot);
        this.clashes = new TokenClashes(snapshot, splits);
        this.attachments = new Attachments<>(targets, new Traits());
        List<StickyPolicy> policies =
                snapshot.stickyPolicies().stream().sorted(Metadata.OLDEST_FIRST).toList();
        policies.forEach(this::gather);
        policies.forEach(this::add);
    }

    @Override
    public Optional<RuleSessions> ofRule(SourceRef object, String ruleName) {
        compiled.add(object);
        Scope rule = new Scope(object.kind(), object.namespace(), object.name(), ruleName);
        return attachments.nearest(rule).map(found -> found::hold);
    }

    @Override
    public boolean isEmpty() {
        return attachments.isEmpty();
    }

    @Override
    public Optional<String> ofService(String namespace, String service, int port) {
        return attachments
                .nearest(new Scope("Service", namespace, service, String.valueOf(port)))
                .map(found -> found.ofUpstream(namespace + "/" + service + "/" + port));
    }

    @Override
    public List<StickySession> handedOut() {
        // Policies of a group make the same ones: those of the oldest stand for all.
        Map<String, StickySession> byId = new LinkedHashMap<>();
        attachments.held().stream()
                .flatMap(sessions -> sessions.made().stream())
                .forEach(session -> byId.putIfAbsent(session.id(), session));
        return List.copyOf(byId.values());
    }

    @Override
    public List<KeyRing> keyRings(List<StickySession> sessions) {
        Set<String> used = sessions.stream().map(StickySession::keyRing).collect(Collectors.toSet());
        return keys.rings().stream().filter(ring -> used.contains(ring.name())).toList();
    }

    /** How the keys of policies are to change that want their own. */
    public List<KeyWish> keyWishes() {
        return keys.wishes();
    }

    private static ObjectRef object(StickyPolicy policy) {
        return new ObjectRef(
                Crds.API_VERSION,
                "StickyPolicy",
                Metadata.namespace(policy),
                Metadata.name(policy),
                Metadata.generation(policy));
    }

    /** Looks who shares sessions with whom, before any policy is attached. */
    private void gather(StickyPolicy policy) {
        StickyPolicySpec spec = policy.getSpec();
        try {
            if (spec != null
                    && SessionGroups.isGrouped(spec)
                    && PolicyRules.check(policy, spec).isEmpty()) {
                ObjectRef object = object(policy);
                groups.add(object, spec, seats(object, spec));
            }
        } catch (RuntimeException e) {
            // Our mistake: it is told when the policy is added.
            return;
        }
    }

    private void add(StickyPolicy policy) {
        ObjectRef object = object(policy);
        StickyPolicySpec spec = policy.getSpec();
        if (spec == null) {
            report.error(object, Reason.INVALID, "spec", "is missing");
            return;
        }
        try {
            add(policy, object, spec);
        } catch (RuntimeException e) {
            // Our mistake: it costs the policy that it was met on.
            report.error(
                    object,
                    Reason.INVALID,
                    "spec",
                    "cannot be read (" + e.getClass().getSimpleName() + "): check it");
        }
    }

    private void add(StickyPolicy policy, ObjectRef object, StickyPolicySpec spec) {
        Mistakes invalid = PolicyRules.check(policy, spec);
        if (invalid.isEmpty() && SessionGroups.isGrouped(spec)) {
            groups.contradiction(object, spec)
                    .ifPresent(sentence -> invalid.add(Reason.CONFLICTED, Field.SPEC.of("shareGroup"), sentence));
        }
        Mistakes unresolved = new Mistakes();
        PolicyKeys.Outcome found = invalid.isEmpty()
                ? keys.find(object.namespace(), owner(policy, object, spec), spec, unresolved)
                : new PolicyKeys.Outcome.Missing();
        switch (found) {
            case PolicyKeys.Outcome.NotLoaded notLoaded -> {
                report.withhold(object);
                attachments.reserve(object, spec.targetRefs());
            }
            case PolicyKeys.Outcome.Missing missing -> attach(object, spec, Optional.empty(), invalid, unresolved);
            case PolicyKeys.Outcome.Found ring ->
                attach(object, spec, Optional.of(sessions(policy, object, spec, ring.ring())), invalid, unresolved);
        }
    }

    private List<String> seats(ObjectRef object, StickyPolicySpec spec) {
        List<String> seats = new ArrayList<>();
        for (TargetRef ref : spec.targetRefs()) {
            targets.find(object.namespace(), ref, Field.SPEC, new Mistakes())
                    .ifPresent(scope ->
                            splits.of(scope).forEach(upstreams -> seats.addAll(PolicySessions.seats(spec, upstreams))));
        }
        return seats;
    }

    private PolicySessions sessions(StickyPolicy policy, ObjectRef object, StickyPolicySpec spec, String ring) {
        return new PolicySessions(
                owner(policy, object, spec),
                object.source(),
                spec,
                ring,
                SessionGroups.isGrouped(spec)
                        ? SessionSeats.of(spec, owner(policy, object, spec), groups.seats(object.namespace(), spec))
                        : SessionSeats.of(spec, origin(object, spec), seats(object, spec)),
                new SessionExtras(spec, policy.getStatus(), splits::portName));
    }

    private static String owner(StickyPolicy policy, ObjectRef object, StickyPolicySpec spec) {
        return SessionGroups.isGrouped(spec) ? SessionGroups.id(object.namespace(), spec) : Metadata.uid(policy);
    }

    /** What names are derived from: the first target. */
    private static String origin(ObjectRef object, StickyPolicySpec spec) {
        TargetRef first = spec.targetRefs().getFirst();
        return String.join(
                "/",
                first.kind().word(),
                object.namespace(),
                first.name(),
                first.sectionName() == null ? "" : first.sectionName());
    }

    private void attach(
            ObjectRef object,
            StickyPolicySpec spec,
            Optional<PolicySessions> sessions,
            Mistakes invalid,
            Mistakes unresolved) {
        if (spec.targetRefs().isEmpty()) {
            invalid.all()
                    .forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
        }
        attachments.attach(object, spec.targetRefs(), sessions, invalid, unresolved);
    }

    /** GEP-1619: a Service that keeps clients by itself and a session of ours would contradict each other. */
    private boolean isFree(Scope scope, Field at, Mistakes mistakes) {
        boolean free = true;
        for (String upstream :
                splits.of(scope).stream().flatMap(List::stream).distinct().toList()) {
            String[] parts = upstream.split("/", -1);
            Optional<Service> service = snapshot.service(parts[0], parts[1]);
            boolean clash = service.filter(found -> found.getSpec() != null
                            && "ClientIP".equals(found.getSpec().getSessionAffinity()))
                    .isPresent();
            if (clash) {
                mistakes.add(
                        Reason.SERVICE_AFFINITY_CLASH,
                        at,
                        "Service " + parts[0] + "/" + parts[1]
                                + " has sessionAffinity ClientIP: set it to None, or remove this target");
                free = false;
            }
        }
        return free;
    }

    /** Writes the status of every policy, after all routes are compiled: an Ingress that nobody compiled is not ours to speak of. */
    public void report() {
        attachments.report(report, settings);
    }

    /** Of several releases those speak of a Service that lead to it; of what nobody serves the first one does. */
    private boolean speaks(Scope scope) {
        return claims.isFirst()
                || attachments
                        .nearest(scope)
                        .filter(sessions -> !sessions.made().isEmpty())
                        .isPresent();
    }

    /** How sessions are attached. */
    private final class Traits implements PolicyTraits<PolicySessions> {
        @Override
        public boolean mayHave(Attachment<PolicySessions> attachment, PolicySessions sessions, Scope scope, Field at) {
            if (!isFree(scope, at, attachment.refused())) {
                return false;
            }
            Optional<String> clash =
                    clashes.claim(attachment.object(), sessions.owner(), sessions.spec(), sessions.tokenNames(), scope);
            clash.ifPresent(sentence -> attachment.refused().add(Reason.CONFLICTED, at, sentence));
            return clash.isEmpty();
        }

        @Override
        public boolean isOurs(Scope scope) {
            return compiled.contains(scope.object()) || !scope.kind().equals("Ingress") && speaks(scope);
        }

        @Override
        public Optional<String> unresolved() {
            return Optional.of("no session is kept without keys");
        }

        @Override
        public void effective(PolicySessions sessions, PolicyDraft draft) {
            sessions.show(draft);
            keys.show(sessions.keyRing(), draft);
        }

        @Override
        public void held(PolicySessions sessions, Conditions conditions) {
            keys.judge(sessions.owner(), sessions.keyRing(), conditions);
        }
    }
}
