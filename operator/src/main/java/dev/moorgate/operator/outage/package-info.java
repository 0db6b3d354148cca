/** What is done when the API server is away, slow or wrong: what is asked of it less often, and what it says that is not believed at once. */
@NullMarked
package dev.moorgate.operator.outage;

import org.jspecify.annotations.NullMarked;
