/**
 * RouteFilter: matches and filters that HTTPRoutes and Ingresses name. Depends on what {@code compile} may depend on. Start at
 * {@code RouteFilters}.
 */
@NullMarked
package dev.moorgate.operator.compile.filter;

import org.jspecify.annotations.NullMarked;
