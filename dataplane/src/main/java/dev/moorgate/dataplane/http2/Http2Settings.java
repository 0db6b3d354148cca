package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http.HeadLimits;

/**
 * What a side of ours allows its peer.
 *
 * @param server our role
 * @param secure requests of ours have the scheme https
 * @param streams open at one time
 * @param streamWindow bytes a stream may have under way that were not consumed
 * @param connectionWindow the same of all streams together
 * @param webSockets extended CONNECT (RFC 8441) is offered
 */
public record Http2Settings(
        boolean server,
        boolean secure,
        int streams,
        int streamWindow,
        int connectionWindow,
        HeadLimits limits,
        boolean webSockets) {
    static final int ENABLE_PUSH = 2;
    static final int MAX_CONCURRENT_STREAMS = 3;
    static final int INITIAL_WINDOW_SIZE = 4;
    static final int MAX_FRAME_SIZE = 5;
    static final int MAX_HEADER_LIST_SIZE = 6;
    static final int ENABLE_CONNECT_PROTOCOL = 8;

    private static final int STANDARD_STREAMS = 100;
    private static final int STANDARD_STREAM_WINDOW = 64 << 10;
    private static final int STANDARD_CONNECTION_WINDOW = 1 << 20;

    public Http2Settings {
        if (streams < 1 || streamWindow < 1024 || connectionWindow < FlowControl.INITIAL) {
            throw new IllegalArgumentException("streams and windows are too small to be used");
        }
    }

    /** 100 streams, windows of 64 KiB and 1 MiB. */
    public static Http2Settings server(HeadLimits limits, boolean webSockets) {
        return server(limits, STANDARD_STREAMS, webSockets);
    }

    /** The same windows for so many streams. */
    public static Http2Settings server(HeadLimits limits, int streams, boolean webSockets) {
        return new Http2Settings(
                true, false, streams, STANDARD_STREAM_WINDOW, STANDARD_CONNECTION_WINDOW, limits, webSockets);
    }

    /** The same towards an endpoint. */
    public static Http2Settings client(HeadLimits limits, boolean secure) {
        return new Http2Settings(
                false, secure, STANDARD_STREAMS, STANDARD_STREAM_WINDOW, STANDARD_CONNECTION_WINDOW, limits, false);
    }

    /** Names and values in turn, as a SETTINGS frame tells the peer. */
    int[] asSent() {
        int block = limits.headerBlock();
        return server
                ? new int[] {
                    MAX_CONCURRENT_STREAMS, streams,
                    INITIAL_WINDOW_SIZE, streamWindow,
                    MAX_HEADER_LIST_SIZE, block,
                    ENABLE_CONNECT_PROTOCOL, webSockets ? 1 : 0
                }
                : new int[] {ENABLE_PUSH, 0, INITIAL_WINDOW_SIZE, streamWindow, MAX_HEADER_LIST_SIZE, block};
    }
}
