/**
 * Sockets by difference between two tables; TLS, SNI and ALPN; certificates swapped without a dropped connection. Depends on
 * {@code routetable}, {@code forward}, {@code http} and Netty. Start at {@code Listeners}.
 */
@NullMarked
package dev.moorgate.dataplane.listen;

import org.jspecify.annotations.NullMarked;
