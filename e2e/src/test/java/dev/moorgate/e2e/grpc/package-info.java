/** Calls as clients make them. */
@NullMarked
package dev.moorgate.e2e.grpc;

import org.jspecify.annotations.NullMarked;
