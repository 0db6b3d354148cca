/** Which route a request takes; pure. Depends on {@code routetable} and {@code http}. Start at {@code Router}. */
@NullMarked
package dev.moorgate.dataplane.route;

import org.jspecify.annotations.NullMarked;
