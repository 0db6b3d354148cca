/**
 * {@code moorgate serve} as a user runs it: a process of its own, with files, signals and exit codes. Depends on the JDK only.
 * Start at {@code ServeProcess}.
 */
@NullMarked
package dev.moorgate.cli.process;

import org.jspecify.annotations.NullMarked;
