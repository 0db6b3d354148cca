package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** The annotations that say whose Ingresses are (Kubernetes documentation, Ingress). */
public final class IngressClassNames {
    /** Of an Ingress: its class, as it was named before there was a field. */
    public static final String ANNOTATION = "kubernetes.io/ingress.class";

    private static final String DEFAULT = "ingressclass.kubernetes.io/is-default-class";

    private IngressClassNames() {}

    /** Whether an IngressClass takes the Ingresses that name none. */
    public static boolean isDefault(HasMetadata ingressClass) {
        return "true".equals(Metadata.annotations(ingressClass).get(DEFAULT));
    }
}
