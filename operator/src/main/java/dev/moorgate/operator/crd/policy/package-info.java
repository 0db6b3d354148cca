/**
 * What the kinds of policy have in common: targets and their status (GEP-713). Depends on the fabric8 model and Jackson. Start at
 * {@code PolicyTarget}.
 */
@NullMarked
package dev.moorgate.operator.crd.policy;

import org.jspecify.annotations.NullMarked;
