/**
 * A pure function from a snapshot to a route table and a status report: no client, clock, logger or random. A user's mistake
 * is a condition, and the rest still compiles. Depends on {@code snapshot}, {@code crd}, {@code conditions} and {@code
 * routetable}; only the compiler itself sees the packages below, which hold what one API needs. Start at {@code RouteTableCompiler}.
 */
@NullMarked
package dev.moorgate.operator.compile;

import org.jspecify.annotations.NullMarked;
