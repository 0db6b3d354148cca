/**
 * Which endpoint of an upstream: balancers, sticky sessions, endpoint health. Depends on {@code routetable}, {@code failure}
 * and {@code http}.
 */
@NullMarked
package dev.moorgate.dataplane.balance;

import org.jspecify.annotations.NullMarked;
