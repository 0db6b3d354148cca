/**
 * What the replicas' samples of sticky sessions come to, policy by policy, and when that is worth telling. Depends on {@code crd},
 * {@code publish} for its surveys, {@code routetable} and its wire. Start at {@code SessionStatuses}.
 */
@NullMarked
package dev.moorgate.operator.sessions;

import org.jspecify.annotations.NullMarked;
