/** Our own kinds (spec, status, CEL rules), the source of {@code crds/}. Depends on the fabric8 model. */
@NullMarked
package dev.moorgate.operator.crd;

import org.jspecify.annotations.NullMarked;
