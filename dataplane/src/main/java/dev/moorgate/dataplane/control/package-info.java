/**
 * Tables in, acks out, readiness; keeps the last good table. Depends on {@code routetable.wire}, {@code live} and {@code
 * observe}.
 */
@NullMarked
package dev.moorgate.dataplane.control;

import org.jspecify.annotations.NullMarked;
