package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.IngressClassNames;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.HashSet;
import java.util.Set;

/** Which Ingresses are ours: by class, by the annotation that came before classes, or by a default class of ours. */
final class IngressClasses {
    private final ClusterSnapshot snapshot;
    private final Set<String> ours = new HashSet<>();
    private boolean byDefault;

    IngressClasses(ClusterSnapshot snapshot, CompileSettings settings) {
        this.snapshot = snapshot;
        Claims claims = settings.claims(snapshot);
        for (IngressClass ingressClass : snapshot.ingressClasses()) {
            if (claims.isOurs(ingressClass)) {
                ours.add(Metadata.name(ingressClass));
                byDefault |= IngressClassNames.isDefault(ingressClass);
            }
        }
    }

    /** Whose an Ingress is. */
    enum Verdict {
        OURS,
        ANOTHERS,
        /** Its field names a class that does not exist. */
        UNKNOWN,
        /** Its annotation names a class that does not exist: a controller older than classes may serve it. */
        UNKNOWN_ANNOTATION,
        /** It names no class, and none of ours is the default. */
        UNCLAIMED
    }

    /** The field wins over the annotation; without either a default class of ours takes it (Kubernetes documentation, Ingress). */
    Verdict judge(Ingress ingress) {
        String field = ingress.getSpec() == null ? null : ingress.getSpec().getIngressClassName();
        if (field != null && !field.isEmpty()) {
            return judge(field, Verdict.UNKNOWN);
        }
        String annotation = Metadata.annotations(ingress).getOrDefault(IngressClassNames.ANNOTATION, "");
        if (!annotation.isEmpty()) {
            return judge(annotation, Verdict.UNKNOWN_ANNOTATION);
        }
        return byDefault ? Verdict.OURS : Verdict.UNCLAIMED;
    }

    private Verdict judge(String named, Verdict unknown) {
        if (ours.contains(named)) {
            return Verdict.OURS;
        }
        return snapshot.ingressClass(named).isPresent() ? Verdict.ANOTHERS : unknown;
    }
}
