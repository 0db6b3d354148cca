/**
 * What the leader's word on single endpoints makes of single sessions, the same in every replica; and which requests begin none.
 * Depends on {@code http} and the contract.
 */
@NullMarked
package dev.moorgate.dataplane.balance.steer;

import org.jspecify.annotations.NullMarked;
