/** The data plane as a process: wiring and settings only. Depends on every package below. */
@NullMarked
package dev.moorgate.dataplane;

import org.jspecify.annotations.NullMarked;
