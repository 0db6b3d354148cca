/**
 * Active checks of endpoints: when, how, and what is told of it. Depends on {@code routetable}, {@code balance.health},
 * {@code upstream}, {@code http} and {@code observe}. Start at {@code HealthChecker}.
 */
@NullMarked
package dev.moorgate.dataplane.check;

import org.jspecify.annotations.NullMarked;
