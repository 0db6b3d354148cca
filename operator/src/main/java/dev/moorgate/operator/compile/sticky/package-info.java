/**
 * StickyPolicy: which policy holds for which route and upstream, and which lost. Depends on what {@code compile} may depend
 * on.
 */
@NullMarked
package dev.moorgate.operator.compile.sticky;

import org.jspecify.annotations.NullMarked;
