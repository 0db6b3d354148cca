/**
 * HPACK (RFC 7541): field blocks into heads in the form of {@code http}, and back. Pure. One decoder a connection; what a block was read as, and
 * what a head was made of it, is remembered, since a connection repeats itself.
 */
@NullMarked
package dev.moorgate.dataplane.http2.hpack;

import org.jspecify.annotations.NullMarked;
