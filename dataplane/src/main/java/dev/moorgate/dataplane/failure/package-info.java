/**
 * What can go wrong with a request, as a value, and the one place that turns it into a reply. Depends on nothing of ours. Start at {@code ProxyFailure}.
 */
@NullMarked
package dev.moorgate.dataplane.failure;

import org.jspecify.annotations.NullMarked;
