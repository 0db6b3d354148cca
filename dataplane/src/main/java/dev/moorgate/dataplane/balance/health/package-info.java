/**
 * What a process knows of its endpoints' health: failed checks, ejections, slow start, response times. Outlives tables; pure
 * but for its clock. Depends on {@code routetable}. Start at {@code UpstreamHealth}.
 */
@NullMarked
package dev.moorgate.dataplane.balance.health;

import org.jspecify.annotations.NullMarked;
