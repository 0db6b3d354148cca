/**
 * Which route a request takes: the most specific virtual host, then the first of its routes that matches; pure. Depends on
 * {@code routetable} and {@code http}. Start at {@link dev.moorgate.dataplane.route.Router}.
 */
@NullMarked
package dev.moorgate.dataplane.route;

import org.jspecify.annotations.NullMarked;
