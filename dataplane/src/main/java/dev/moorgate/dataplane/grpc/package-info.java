/**
 * Calls of gRPC as far as a proxy has to know of them: their type, deadline and status, and the messages of health checks. Pure;
 * depends on {@code routetable}, {@code failure} and {@code http}. Start at {@code GrpcCall}.
 */
@NullMarked
package dev.moorgate.dataplane.grpc;

import org.jspecify.annotations.NullMarked;
