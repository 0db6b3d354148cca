/**
 * The route table as JSON, strict both ways: an unknown field is refused with its path. Depends on {@code routetable} and
 * Jackson.
 */
@NullMarked
package dev.moorgate.routetable.wire;

import org.jspecify.annotations.NullMarked;
