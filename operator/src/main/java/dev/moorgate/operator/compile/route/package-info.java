/**
 * HTTPRoutes and GRPCRoutes, each on its own: rules to routes with their place in the order of precedence, and what is wrong with them. What they
 * attach to is {@code gateway}'s business. Depends on {@code compile}, {@code snapshot}, {@code crd}, {@code conditions} and {@code
 * routetable}. Start at {@code Routes}.
 */
@NullMarked
package dev.moorgate.operator.compile.route;

import org.jspecify.annotations.NullMarked;
