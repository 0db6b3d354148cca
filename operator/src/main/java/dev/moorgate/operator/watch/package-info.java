/**
 * The cluster's events in, a walk a change out: watches of every kind, one reconciler for all of them. Depends on
 * java-operator-sdk, the fabric8 client and every other package of the operator. Start at {@code DataPlaneReconciler}, then {@code
 * ReleaseWalk}.
 */
@NullMarked
package dev.moorgate.operator.watch;

import org.jspecify.annotations.NullMarked;
