/**
 * Content on its way, both directions: held for another try, collected, spilled to disk, absorbed for a slow reader. Depends on
 * {@code filter}, {@code upstream}, {@code observe}, {@code http} and Netty. Start at {@code RequestBody}.
 */
@NullMarked
package dev.moorgate.dataplane.forward.body;

import org.jspecify.annotations.NullMarked;
