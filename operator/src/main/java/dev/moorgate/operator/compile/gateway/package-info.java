/**
 * Gateway API compiled into listeners and routes, one file a concern. Depends on what {@code compile} may depend on, and on
 * {@code compile.sticky}.
 */
@NullMarked
package dev.moorgate.operator.compile.gateway;

import org.jspecify.annotations.NullMarked;
