package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.StickySessions;
import dev.moorgate.operator.compile.sticky.PolicyTargets.Scope;
import dev.moorgate.operator.compile.sticky.PolicyTargets.Target;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
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
    private final PolicyTargets targets;
    private final TokenClashes clashes;
    private final List<Attachment> attachments = new ArrayList<>();
    private final Map<Scope, Attachment> inForce = new HashMap<>();
    private final Set<SourceRef> compiled = new HashSet<>();

    public StickyPolicies(ClusterSnapshot snapshot, CompileSettings settings, Grants grants, ReportBuilder report) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.report = report;
        this.keys = new PolicyKeys(snapshot, settings, grants);
        this.targets = new PolicyTargets(snapshot);
        this.clashes = new TokenClashes(snapshot, targets);
        snapshot.stickyPolicies().stream().sorted(Metadata.OLDEST_FIRST).forEach(this::add);
    }

    @Override
    public Optional<RuleSessions> ofRule(SourceRef object, String ruleName) {
        compiled.add(object);
        Scope rule = new Scope(object.kind(), object.namespace(), object.name(), ruleName);
        return find(rule).map(found -> found::hold);
    }

    @Override
    public boolean isEmpty() {
        return inForce.isEmpty() && attachments.isEmpty();
    }

    @Override
    public Optional<String> ofService(String namespace, String service, int port) {
        return find(new Scope("Service", namespace, service, String.valueOf(port)))
                .map(found -> found.ofUpstream(namespace + "/" + service + "/" + port));
    }

    /** Of the part, else of the whole. */
    private Optional<PolicySessions> find(Scope scope) {
        Attachment found = inForce.get(scope);
        if (found == null) {
            found = inForce.get(scope.whole());
        }
        return Optional.ofNullable(found).flatMap(Attachment::sessions);
    }

    @Override
    public List<StickySession> handedOut() {
        return attachments.stream()
                .flatMap(attachment -> attachment.sessions().stream())
                .distinct()
                .flatMap(sessions -> sessions.made().stream())
                .toList();
    }

    @Override
    public List<KeyRing> keyRings(List<StickySession> sessions) {
        Set<String> used = sessions.stream().map(StickySession::keyRing).collect(Collectors.toSet());
        return keys.rings().stream().filter(ring -> used.contains(ring.name())).toList();
    }

    private void add(StickyPolicy policy) {
        ObjectRef object = new ObjectRef(
                Crds.API_VERSION,
                "StickyPolicy",
                Metadata.namespace(policy),
                Metadata.name(policy),
                Metadata.generation(policy));
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
        Mistakes unresolved = new Mistakes();
        PolicyKeys.Outcome found =
                invalid.isEmpty() ? keys.find(object.namespace(), spec, unresolved) : new PolicyKeys.Outcome.Missing();
        switch (found) {
            case PolicyKeys.Outcome.NotLoaded notLoaded -> reserve(object, spec);
            case PolicyKeys.Outcome.Missing missing -> attach(object, spec, Optional.empty(), invalid, unresolved);
            case PolicyKeys.Outcome.Found ring ->
                attach(object, spec, Optional.of(sessions(policy, object, spec, ring.ring())), invalid, unresolved);
        }
    }

    /** Its keys are not known yet: it keeps its targets, so that no younger policy gets them for a moment, and its status unsaid. */
    private void reserve(ObjectRef object, StickyPolicySpec spec) {
        report.withhold(object);
        for (TargetRef ref : spec.targetRefs()) {
            targets.find(object.namespace(), ref, Field.SPEC, new Mistakes())
                    .ifPresent(target -> inForce.putIfAbsent(
                            target.scope(), new Attachment(object, spec, ref, new Mistakes(), new Mistakes())));
        }
    }

    private PolicySessions sessions(StickyPolicy policy, ObjectRef object, StickyPolicySpec spec, String ring) {
        List<String> seats = new ArrayList<>();
        for (TargetRef ref : spec.targetRefs()) {
            targets.find(object.namespace(), ref, Field.SPEC, new Mistakes())
                    .ifPresent(target ->
                            target.splits().forEach(upstreams -> seats.addAll(PolicySessions.seats(spec, upstreams))));
        }
        TargetRef first = spec.targetRefs().getFirst();
        String origin = String.join(
                "/",
                first.kind().word(),
                object.namespace(),
                first.name(),
                first.sectionName() == null ? "" : first.sectionName());
        return new PolicySessions(
                Metadata.uid(policy), object.source(), spec, ring, SessionSeats.of(spec, origin, seats));
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
        SortedSet<String> named = new TreeSet<>();
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef ref = spec.targetRefs().get(i);
            Field at = Field.SPEC.of("targetRefs", i);
            Attachment attachment = new Attachment(object, spec, ref, invalid, unresolved);
            if (!named.add(attachment.toString())) {
                continue;
            }
            attachments.add(attachment);
            if (sessions.isEmpty()) {
                continue;
            }
            Optional<Target> target = targets.find(object.namespace(), ref, at, attachment.refused());
            if (target.isPresent() && isFree(target.get(), at, attachment.refused())) {
                take(target.get(), attachment, sessions.get(), at);
            }
        }
    }

    private void take(Target target, Attachment attachment, PolicySessions sessions, Field at) {
        Mistakes refused = attachment.refused();
        Attachment holder = inForce.get(target.scope());
        if (holder != null) {
            refused.add(
                    Reason.CONFLICTED,
                    at,
                    holder.object().equals(attachment.object())
                            ? target.scope() + " is named by an earlier targetRef: remove one of the two"
                            : target.scope() + " has " + holder.object()
                                    + " already, which is older or first by name: remove one of the two");
            return;
        }
        Optional<String> clash = clashes.claim(attachment.object(), attachment.spec(), sessions.tokenName(), target);
        if (clash.isPresent()) {
            refused.add(Reason.CONFLICTED, at, clash.get());
            return;
        }
        inForce.put(target.scope(), attachment);
        attachment.put(sessions);
    }

    /** GEP-1619: a Service that keeps clients by itself and a session of ours would contradict each other. */
    private boolean isFree(Target target, Field at, Mistakes mistakes) {
        boolean free = true;
        for (String upstream :
                target.splits().stream().flatMap(List::stream).distinct().toList()) {
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
        for (Attachment attachment : attachments) {
            attachment.report(report, settings, compiled);
        }
    }
}
