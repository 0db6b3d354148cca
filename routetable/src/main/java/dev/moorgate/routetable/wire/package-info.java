/**
 * The contract between processes: tables as JSON, strict, with a format number; digests that are equal exactly when the
 * tables are; pushes in one order, acks, deltas. Depends on {@code routetable} and Jackson's core. Start at {@code
 * TableReader}.
 */
@NullMarked
package dev.moorgate.routetable.wire;

import org.jspecify.annotations.NullMarked;
