/**
 * Ports of Services as upstreams, and the references that lead to them. Depends on {@code compile}, {@code snapshot}, {@code conditions}
 * and {@code routetable}. Start at {@code Upstreams}.
 */
@NullMarked
package dev.moorgate.operator.compile.upstream;

import org.jspecify.annotations.NullMarked;
