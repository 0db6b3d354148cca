/**
 * HTTP/1.1 messages as bytes: one strict pass over a head (RFC 9112) that makes no object per field, body framing in both
 * directions, and the writer of outgoing heads. Pure: no channels, no clock, no logging; the JDK and ByteBuf only.
 * All types here belong to one event loop at a time. Start at {@link dev.moorgate.dataplane.http.RequestHead}.
 */
@NullMarked
package dev.moorgate.dataplane.http;

import org.jspecify.annotations.NullMarked;
