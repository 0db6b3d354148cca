/**
 * One request's life, from its head to the last byte of its answer: retries, bodies, tunnels. Depends on {@code routetable},
 * {@code route}, {@code filter}, {@code balance}, {@code upstream}, {@code failure}, {@code observe}, {@code http} and Netty. Start at {@code Exchange}.
 */
@NullMarked
package dev.moorgate.dataplane.forward;

import org.jspecify.annotations.NullMarked;
