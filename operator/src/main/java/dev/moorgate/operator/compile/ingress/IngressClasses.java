package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.HashSet;
import java.util.Set;

/** Which Ingresses are ours: by class, by the annotation that came before classes, or by a default class of ours. */
final class IngressClasses {
    private static final String ANNOTATION = "kubernetes.io/ingress.class";
    private static final String DEFAULT = "ingressclass.kubernetes.io/is-default-class";

    private final ClusterSnapshot snapshot;
    private final Set<String> ours = new HashSet<>();
    private boolean byDefault;

    IngressClasses(ClusterSnapshot snapshot, CompileSettings settings) {
        this.snapshot = snapshot;
        for (IngressClass ingressClass : snapshot.ingressClasses()) {
            if (ingressClass.getSpec() != null
                    && settings.ingressController()
                            .equals(ingressClass.getSpec().getController())) {
                ours.add(Metadata.name(ingressClass));
                byDefault |= "true".equals(Metadata.annotations(ingressClass).get(DEFAULT));
            }
        }
    }

    /** Whose an Ingress is. */
    enum Verdict {
        OURS,
        ANOTHERS,
        /** It names a class that does not exist. */
        UNKNOWN
    }

    /** The field wins over the annotation; without either a default class of ours takes it (Kubernetes documentation, Ingress). */
    Verdict judge(Ingress ingress) {
        String named = ingress.getSpec() == null ? null : ingress.getSpec().getIngressClassName();
        if (named == null || named.isEmpty()) {
            named = Metadata.annotations(ingress).get(ANNOTATION);
        }
        if (named == null || named.isEmpty()) {
            return byDefault ? Verdict.OURS : Verdict.ANOTHERS;
        }
        if (ours.contains(named)) {
            return Verdict.OURS;
        }
        return snapshot.ingressClass(named).isPresent() ? Verdict.ANOTHERS : Verdict.UNKNOWN;
    }
}
