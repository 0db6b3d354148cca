/**
 * What must happen when clients, upstreams or tables misbehave, from socket to socket: one file a group of the fault
 * matrix, rows named by its ids. Depends on the kit. Start at {@code Attack}.
 */
@NullMarked
package dev.moorgate.dataplane.faults;

import org.jspecify.annotations.NullMarked;
