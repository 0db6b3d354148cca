/**
 * How many sessions are moored to which endpoint, as far as this process has seen their requests lately: a sample, since sessions
 * live in their tokens alone. Depends on nothing of ours. Start at {@link dev.moorgate.dataplane.balance.census.Census}.
 */
@NullMarked
package dev.moorgate.dataplane.balance.census;

import org.jspecify.annotations.NullMarked;
