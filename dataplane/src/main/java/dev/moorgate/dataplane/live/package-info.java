/**
 * Builds the next proxy state from a table, swaps one reference, retires the old. Depends on {@code routetable}, {@code
 * listen}, {@code forward}, {@code route}, {@code filter}, {@code balance} and {@code upstream}. Start at {@code LiveTable}.
 */
@NullMarked
package dev.moorgate.dataplane.live;

import org.jspecify.annotations.NullMarked;
