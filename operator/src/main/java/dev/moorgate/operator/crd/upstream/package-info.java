/**
 * UpstreamPolicy: how the endpoints of a Service are chosen, checked and protected. Depends on {@code crd} and {@code crd.policy}.
 * Start at {@code UpstreamPolicySpec}.
 */
@NullMarked
package dev.moorgate.operator.crd.upstream;

import org.jspecify.annotations.NullMarked;
