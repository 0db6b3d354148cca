/** QUIC on UDP sockets: transport parameters, validation of clients' addresses. What is spoken in its streams is not known here. */
@NullMarked
package dev.moorgate.dataplane.listen.quic;

import org.jspecify.annotations.NullMarked;
