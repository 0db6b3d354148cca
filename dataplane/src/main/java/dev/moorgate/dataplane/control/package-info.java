/**
 * The private side: tables in and acks out, the last good table on disk, and the pages of health and admin. Depends on
 * {@code routetable.wire}, {@code live} and {@code observe}. Start at {@code PageServer}.
 */
@NullMarked
package dev.moorgate.dataplane.control;

import org.jspecify.annotations.NullMarked;
