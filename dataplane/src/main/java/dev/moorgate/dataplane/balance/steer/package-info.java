/**
 * What the leader's word on single endpoints makes of single sessions: the same in every replica. Depends on the contract alone.
 */
@NullMarked
package dev.moorgate.dataplane.balance.steer;

import org.jspecify.annotations.NullMarked;
