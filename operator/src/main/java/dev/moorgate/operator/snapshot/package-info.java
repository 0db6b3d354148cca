/**
 * Every watched object at one moment, immutable and sorted, with look-ups. Depends on the fabric8 model, {@code crd} and
 * {@code routetable}. Start at {@code ClusterSnapshot}.
 */
@NullMarked
package dev.moorgate.operator.snapshot;

import org.jspecify.annotations.NullMarked;
