/**
 * The operator as a process: its settings and the wiring of its parts, nothing else. Depends on every package of the operator. Start
 * at {@code OperatorMain}.
 */
@NullMarked
package dev.moorgate.operator;

import org.jspecify.annotations.NullMarked;
