/**
 * How the operator itself is doing: its health page and its metrics. Depends on {@code watch}, {@code compile} and the metrics
 * library. Start at {@code HealthServer}.
 */
@NullMarked
package dev.moorgate.operator.observe;

import org.jspecify.annotations.NullMarked;
