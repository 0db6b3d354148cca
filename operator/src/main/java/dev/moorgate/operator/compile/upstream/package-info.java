/**
 * Ports of Services as upstreams, the references that lead to them, and what UpstreamPolicies say of them. Depends on {@code compile},
 * {@code compile.policy}, {@code snapshot}, {@code conditions}, {@code crd} and {@code routetable}. Start at {@code Upstreams}.
 */
@NullMarked
package dev.moorgate.operator.compile.upstream;

import org.jspecify.annotations.NullMarked;
