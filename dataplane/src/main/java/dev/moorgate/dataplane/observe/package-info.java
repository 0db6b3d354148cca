/**
 * What is told about requests: access log, metrics, the watch over event loops. Depends on {@code routetable}, {@code
 * failure}, {@code http} and the metrics library. Start at {@code ExchangeObserver}.
 */
@NullMarked
package dev.moorgate.dataplane.observe;

import org.jspecify.annotations.NullMarked;
