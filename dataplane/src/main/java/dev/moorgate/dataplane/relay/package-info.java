/**
 * Connections whose content is between the client and the endpoint: TLS that is passed through by server name, and TLS that is
 * terminated to TCP. Depends on {@code forward.state}, the state in force, {@code balance} and {@code upstream}. Start at
 * {@code Relays}.
 */
@NullMarked
package dev.moorgate.dataplane.relay;

import org.jspecify.annotations.NullMarked;
