package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import io.netty.buffer.ByteBuf;

/**
 * What a {@link Http2Session} tells whoever has its streams. A stream begins with {@link #head} and ends for the receiving
 * side with the {@code end} of a message or with {@link #reset}, whichever comes first; nothing follows a reset. The
 * session may be used from within every method.
 */
public interface Http2Events {
    /**
     * Where the head that begins on a stream goes: a {@code RequestHead} for a server, a {@code ResponseHead} for a client, which
     * is asked again for each interim response. It is read before anything else of the connection is; {@link #headers},
     * {@link #refused} or {@link #reset} follows.
     */
    MessageHead head(Http2Stream stream);

    /**
     * The head is whole. {@code end}: and so is the message. The head's body kind says NONE where there is no content to come,
     * LENGTH where its length is known, else CHUNKED; the end is told by {@code end} alone, also behind NONE.
     */
    void headers(Http2Stream stream, boolean end);

    /** Servers only: the request cannot be served and {@link ParseError#status} is to be answered; its content is ignored. */
    void refused(Http2Stream stream, ParseError error, boolean end);

    /**
     * Content; takes over {@code data}, which may be empty where {@code end}. The peer may send more when as many bytes as
     * have come are {@link Http2Session#consumed}.
     */
    void data(Http2Stream stream, ByteBuf data, boolean end);

    /** The trailer section, the end of the message. {@code trailers} is valid during the call. */
    void trailers(Http2Stream stream, MessageHead trailers);

    /** The stream is over before its end. Not told for resets that {@link Http2Session#reset} has asked for. */
    void reset(Http2Stream stream, ResetCause cause, Http2Error error);

    /** There is room again for content of a stream that had none. */
    void writable(Http2Stream stream);

    /** The peer will take no stream any more; those that it will not answer are reset as UNPROCESSED right after. */
    default void goingAway(Http2Error error) {}

    /** The peer's settings have come, for the first time or anew. */
    default void settled() {}

    /** The peer has answered {@link Http2Session#ping}. */
    default void pong() {}

    /** A stream has ended both ways or was reset: a place for another one. Told last. */
    default void closed(Http2Stream stream) {}

    /** The session has ended the connection for what the peer did: {@code why} is for the log. */
    default void failed(Http2Error error, String why) {}
}
