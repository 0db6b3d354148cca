package dev.moorgate.operator.crd.policy;

import org.jspecify.annotations.Nullable;

/** What a policy's targetRef names, whatever the kind of policy (GEP-713); read without an API server its parts may be absent. */
public interface PolicyTarget {
    Kind kind();

    String name();

    /** Part of the object; absent: all of it. */
    @Nullable
    String sectionName();

    /** A kind that some policy may target: enums, because each policy's schema lists its own. */
    interface Kind {
        Name kind();

        /** As Kubernetes spells it. */
        default String word() {
            return kind().word;
        }

        /** The API group that the kind belongs to; empty for the core group. */
        default String group() {
            return kind().group;
        }
    }

    /** Every kind that a policy of ours may target, with its API group. */
    enum Name {
        SERVICE("Service", ""),
        SERVICE_IMPORT("ServiceImport", "multicluster.x-k8s.io"),
        X_BACKEND("XBackend", "gateway.networking.x-k8s.io"),
        GATEWAY("Gateway", "gateway.networking.k8s.io"),
        HTTP_ROUTE("HTTPRoute", "gateway.networking.k8s.io"),
        GRPC_ROUTE("GRPCRoute", "gateway.networking.k8s.io"),
        INGRESS("Ingress", "networking.k8s.io");

        private final String word;
        private final String group;

        Name(String word, String group) {
            this.word = word;
            this.group = group;
        }
    }
}
