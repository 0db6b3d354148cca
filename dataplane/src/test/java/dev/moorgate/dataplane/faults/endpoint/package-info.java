/** What one endpoint may not do to others and to the proxy: a file a row of the fault matrix. Depends on the kit. */
@NullMarked
package dev.moorgate.dataplane.faults.endpoint;

import org.jspecify.annotations.NullMarked;
