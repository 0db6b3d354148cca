package dev.moorgate.operator.crd.policy;

import org.jspecify.annotations.Nullable;

/** What a policy's targetRef names, whatever the kind of policy (GEP-713); read without an API server its parts may be absent. */
public interface PolicyTarget {
    Kind kind();

    String name();

    /** Part of the object; absent: all of it. */
    @Nullable
    String sectionName();

    /** A kind that some policy may target. */
    interface Kind {
        /** As Kubernetes spells it. */
        String word();

        /** The API group that the kind belongs to; empty for the core group. */
        String group();
    }
}
