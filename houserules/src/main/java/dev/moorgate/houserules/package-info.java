/**
 * The rules of the house that a machine checks. Test code of every module may use it; no product code does. Start at {@code Arrows}.
 */
@NullMarked
package dev.moorgate.houserules;

import org.jspecify.annotations.NullMarked;
