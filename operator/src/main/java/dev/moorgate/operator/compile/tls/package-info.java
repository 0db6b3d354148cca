/**
 * TLS towards clients, as Gateways and Ingresses write it. Depends on {@code compile}, {@code conditions} and {@code routetable}.
 * Start at {@code TlsPolicies}.
 */
@NullMarked
package dev.moorgate.operator.compile.tls;

import org.jspecify.annotations.NullMarked;
