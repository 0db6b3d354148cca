/**
 * Clients' connections: what they say becomes exchanges, in whichever version of HTTP they speak. Everything here stays on one event
 * loop.
 */
@NullMarked
package dev.moorgate.dataplane.forward.client;

import org.jspecify.annotations.NullMarked;
