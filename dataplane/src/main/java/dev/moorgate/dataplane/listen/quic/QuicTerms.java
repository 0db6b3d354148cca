package dev.moorgate.dataplane.listen.quic;

import dev.moorgate.routetable.ProxySettings;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What a client is told when its connection begins (RFC 9000 18.2). Holds for sockets that are opened with it.
 *
 * @param streams open at one time on a connection
 * @param streamWindow bytes that a client may send on a stream before they are taken
 * @param connectionWindow the same on all streams of a connection
 * @param idle without a packet
 */
public record QuicTerms(int streams, int streamWindow, int connectionWindow, Duration idle) {
    private static final int STREAM_WINDOW = 256 << 10;
    private static final int CONNECTION_WINDOW = 1 << 20;
    /** The transport's own limit is behind ours, which says goodbye. */
    private static final Duration BEHIND = Duration.ofSeconds(15);

    /** Control, encoder and decoder streams of a client, and a few that mean nothing. */
    private static final int CONTROL_STREAMS = Http3.MIN_INITIAL_MAX_STREAMS_UNIDIRECTIONAL + 5;

    private static final int CONTROL_WINDOW = 16 << 10;
    private static final int MOST_TAKEN = 1500;
    /** What every path must carry (RFC 9000 14.1): larger datagrams would be fragmented, since nothing finds out what a path has room for. */
    private static final int MOST_SENT = 1200;

    public QuicTerms {
        if (streams < 1 || streamWindow < 1 || connectionWindow < streamWindow || !idle.isPositive()) {
            throw new IllegalArgumentException(
                    "terms of QUIC must be positive, and no stream's window above its connection's");
        }
    }

    /** As many streams as for HTTP/2, and its time between two requests. */
    public static QuicTerms of(ProxySettings settings) {
        int streams = settings.http2().orElse(ProxySettings.Http2.STANDARD).streams();
        return new QuicTerms(
                streams,
                STREAM_WINDOW,
                CONNECTION_WINDOW,
                settings.limits().keepAliveIdle().plus(BEHIND));
    }

    /** No migration: another address may lead to another event loop, which does not know the connection. */
    QuicServerCodecBuilder codec() {
        return new QuicServerCodecBuilder()
                .maxIdleTimeout(idle.toMillis(), TimeUnit.MILLISECONDS)
                .maxSendUdpPayloadSize(MOST_SENT)
                .maxRecvUdpPayloadSize(MOST_TAKEN)
                .initialMaxData(connectionWindow)
                .initialMaxStreamDataBidirectionalRemote(streamWindow)
                .initialMaxStreamsBidirectional(streams)
                .initialMaxStreamsUnidirectional(CONTROL_STREAMS)
                .initialMaxStreamDataUnidirectional(CONTROL_WINDOW)
                .activeMigration(false);
    }
}
