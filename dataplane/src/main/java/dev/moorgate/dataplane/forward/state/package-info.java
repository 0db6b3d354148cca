/**
 * What one table is to requests, and what is known of a client before its first. Depends on {@code routetable}, {@code forward.body},
 * {@code route}, {@code filter}, {@code balance}, {@code upstream}, {@code observe} and {@code http}. Start at {@code ProxyState}.
 */
@NullMarked
package dev.moorgate.dataplane.forward.state;

import org.jspecify.annotations.NullMarked;
