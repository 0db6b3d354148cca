/** The {@code moorgate} command: the only module that sees operator and data plane. Start at {@code Moorgate}. */
@NullMarked
package dev.moorgate.cli;

import org.jspecify.annotations.NullMarked;
