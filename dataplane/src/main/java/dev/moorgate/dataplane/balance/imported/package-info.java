/**
 * Cookies of the balancer that was here before, and the endpoints that they name. Depends on {@code http} and the contract. Start at
 * {@link dev.moorgate.dataplane.balance.imported.ImportedCookies}.
 */
@NullMarked
package dev.moorgate.dataplane.balance.imported;

import org.jspecify.annotations.NullMarked;
