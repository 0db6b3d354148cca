/**
 * Ingress v1 to the letter, compiled into routes. Depends on what {@code compile} may depend on, and on {@code
 * compile.sticky}.
 */
@NullMarked
package dev.moorgate.operator.compile.ingress;

import org.jspecify.annotations.NullMarked;
