/**
 * One request's life, from its head to the last byte of its answer: retries, tunnels. Depends on {@code routetable}, {@code forward.body},
 * {@code route}, {@code filter}, {@code balance}, {@code upstream}, {@code failure}, {@code observe}, {@code http} and Netty. Start at {@code Exchange}.
 */
@NullMarked
package dev.moorgate.dataplane.forward;

import org.jspecify.annotations.NullMarked;
