/**
 * RoutePolicy: how requests of a Gateway, listener, route, rule or Ingress are carried. Depends on {@code crd}, the fabric8 model and
 * Jackson. Start at {@code RoutePolicy}.
 */
@NullMarked
package dev.moorgate.operator.crd.route;

import org.jspecify.annotations.NullMarked;
