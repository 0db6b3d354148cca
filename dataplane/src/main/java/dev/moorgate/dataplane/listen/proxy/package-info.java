/**
 * PROXY protocol, versions 1 and 2: who the client is that a load balancer in front of us has connected. Depends on {@code
 * routetable} and Netty. Start at {@code ProxyHeader}.
 */
@NullMarked
package dev.moorgate.dataplane.listen.proxy;

import org.jspecify.annotations.NullMarked;
