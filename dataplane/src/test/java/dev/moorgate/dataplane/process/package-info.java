/** The data plane as a process of its own, as an operator's sidecar runs. Depends on {@code kit} and the wire. Start at {@code SidecarProcess}. */
@NullMarked
package dev.moorgate.dataplane.process;

import org.jspecify.annotations.NullMarked;
