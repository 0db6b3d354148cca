/**
 * RoutePolicy: layers of policy from Gateway to rule, and what they make of a route. Depends on what {@code compile} may depend on.
 * Start at {@code RoutePolicies}.
 */
@NullMarked
package dev.moorgate.operator.compile.routepolicy;

import org.jspecify.annotations.NullMarked;
