/**
 * Every word that users read on their resources: conditions, reasons, messages. Depends on {@code routetable} for
 * {@code SourceRef}. Start at {@code StatusReport}.
 */
@NullMarked
package dev.moorgate.operator.conditions;

import org.jspecify.annotations.NullMarked;
