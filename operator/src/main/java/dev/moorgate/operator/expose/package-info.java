/**
 * How Gateways are reached: the ports on the pods that their Services lead to, and the addresses that their Services have. Pure.
 * Depends on {@code compile}, {@code snapshot}, {@code routetable} and the fabric8 model. Start at {@code PortAllotment}.
 */
@NullMarked
package dev.moorgate.operator.expose;

import org.jspecify.annotations.NullMarked;
