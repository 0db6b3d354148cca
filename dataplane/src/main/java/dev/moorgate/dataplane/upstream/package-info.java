/**
 * Connections to endpoints, pooled per event loop; upstream TLS. Depends on {@code routetable}, {@code failure}, {@code
 * observe}, {@code http} and Netty.
 */
@NullMarked
package dev.moorgate.dataplane.upstream;

import org.jspecify.annotations.NullMarked;
