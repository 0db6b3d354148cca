/**
 * Which policy has which object or part of one (GEP-713), for every kind of policy. Depends on what {@code compile} may depend on.
 * Start at {@code Attachments}.
 */
@NullMarked
package dev.moorgate.operator.compile.policy;

import org.jspecify.annotations.NullMarked;
