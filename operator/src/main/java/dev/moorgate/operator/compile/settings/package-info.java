/**
 * DataPlane: how the proxies of the release behave, as settings of a compile. Depends on what {@code compile} may depend on.
 * Start at {@code DataPlanes}.
 */
@NullMarked
package dev.moorgate.operator.compile.settings;

import org.jspecify.annotations.NullMarked;
