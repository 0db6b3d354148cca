/**
 * HTTP/2 (RFC 9113) and HPACK (RFC 7541) as bytes, for both roles: one session a connection, heads in the form of {@code http},
 * flow control tied to consumption, and the bounds that hostile peers meet. Pure: no channels, no threads, no logging; what
 * it needs of a connection is {@link dev.moorgate.dataplane.http2.Http2Transport}. One event loop a session. Start at
 * {@link dev.moorgate.dataplane.http2.Http2Session}.
 */
@NullMarked
package dev.moorgate.dataplane.http2;

import org.jspecify.annotations.NullMarked;
