package dev.moorgate.operator.watch;

import dev.moorgate.operator.compile.Compilation;

/** Told of what walks do; any thread. */
public interface WalkMetrics {
    WalkMetrics NONE = new WalkMetrics() {
        @Override
        public void compiled(long nanos, Compilation compilation) {}

        @Override
        public void endpointsPublished(long nanos) {}

        @Override
        public void endpointsHeld(int endpoints) {}

        @Override
        public void passedOver(String kind) {}
    };

    /** A compile was published. */
    void compiled(long nanos, Compilation compilation);

    /** Changed endpoints were published without a compile. */
    void endpointsPublished(long nanos);

    /** So many endpoints are served although Kubernetes calls them unready, since it may have missed their nodes. */
    void endpointsHeld(int endpoints);

    /** An object of the kind was updated in nothing that anybody reads. */
    void passedOver(String kind);
}
