/**
 * Whether a request is let in: addresses, rates, passwords, failures for tests. Depends on the route table and {@code failure}. Start at
 * {@code Gate}.
 */
@NullMarked
package dev.moorgate.dataplane.admission;

import org.jspecify.annotations.NullMarked;
