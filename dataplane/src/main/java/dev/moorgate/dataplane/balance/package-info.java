/**
 * Which upstream of a split and which endpoint of it serve a request: weights, balancers, sticky sessions, endpoint health.
 * Endpoints' state outlives tables; sessions live in their tokens alone. Depends on {@code routetable}, {@code failure} and
 * {@code http}. Start at {@link dev.moorgate.dataplane.balance.RouteBalancer}.
 */
@NullMarked
package dev.moorgate.dataplane.balance;

import org.jspecify.annotations.NullMarked;
