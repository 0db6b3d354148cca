/**
 * Calls of gRPC as far as a proxy has to know of them: their type, deadline and status, the frames of gRPC-Web, and the messages of
 * health checks. Pure; depends on {@code routetable}, {@code failure}, {@code http} and Netty's buffers. Start at {@code GrpcCall}.
 */
@NullMarked
package dev.moorgate.dataplane.grpc;

import org.jspecify.annotations.NullMarked;
