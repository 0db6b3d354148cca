/**
 * What a TLS listener shows to whom: certificates by server name, the engine's contexts, ticket keys. Depends on {@code
 * routetable} and Netty. Start at {@code TlsStore}.
 */
@NullMarked
package dev.moorgate.dataplane.listen.tls;

import org.jspecify.annotations.NullMarked;
