/**
 * Connections to endpoints and streams on them, pooled per event loop; upstream TLS. Depends on {@code routetable}, {@code
 * failure}, {@code observe}, {@code http}, {@code http2} and Netty.
 */
@NullMarked
package dev.moorgate.dataplane.upstream;

import org.jspecify.annotations.NullMarked;
