/** How soon one walk may follow another. */
@NullMarked
package dev.moorgate.operator.pace;

import org.jspecify.annotations.NullMarked;
