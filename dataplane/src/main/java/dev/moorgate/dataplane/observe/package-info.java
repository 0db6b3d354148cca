/**
 * Access log, metrics, traces. Depends on {@code routetable}, {@code failure}, {@code http} and the metrics library.
 */
@NullMarked
package dev.moorgate.dataplane.observe;

import org.jspecify.annotations.NullMarked;
