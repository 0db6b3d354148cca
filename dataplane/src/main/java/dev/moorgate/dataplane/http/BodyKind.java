package dev.moorgate.dataplane.http;

/** How the end of a message's content is told (RFC 9112 6.3). */
public enum BodyKind {
    /** No content at all. */
    NONE,
    /** Exactly {@link MessageHead#contentLength()} bytes, zero included. */
    LENGTH,
    /** Chunks and a trailer section. */
    CHUNKED,
    /** Responses only: everything until the upstream closes. */
    UNTIL_CLOSE
}
