/**
 * Answers made smaller on their way to clients that like it: which ones, by which coding, and the coders. Knows heads and
 * buffers, nothing of exchanges.
 */
@NullMarked
package dev.moorgate.dataplane.compress;

import org.jspecify.annotations.NullMarked;
