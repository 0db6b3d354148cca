package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.LocalReply;
import dev.moorgate.dataplane.filter.HopFields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamReader;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import dev.moorgate.dataplane.websocket.WebSocketFrames;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways after an upgrade to WebSocket, with back pressure and half closes, until both directions have ended. Frames
 * are passed as they are; where the proxy ends it, a Close is put behind the last whole one (faults E4).
 */
final class Tunnel implements UpstreamReader {
    private static final int HEAD_ROOM = 384;
    /** A Close, 1001: going away (RFC 6455 7.4.1). */
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 0x03, (byte) 0xe9};
    /** The same as a client sends it, with a mask of zeros (RFC 6455 5.3); there is nothing that a script could choose. */
    private static final byte[] CLIENT_GOING_AWAY = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xe9};

    private final Exchange exchange;
    private final Client client;
    private final UpstreamStream upstream;
    private final WebSocketFrames toClient = new WebSocketFrames();
    private final WebSocketFrames toUpstream = new WebSocketFrames();
    private boolean clientEnded;
    private boolean upstreamEnded;

    Tunnel(Exchange exchange, Client client, UpstreamStream upstream) {
        this.exchange = exchange;
        this.client = client;
        this.upstream = upstream;
    }

    /** Whether {@code answer} agrees to a tunnel that was asked for: over HTTP/1.1 by 101, over HTTP/2 by any success (RFC 8441 5). */
    static boolean isAnswer(Exchange exchange, ResponseHead answer, boolean inFrames) {
        if (inFrames) {
            return exchange.head.isWebSocket() && answer.status() >= 200 && answer.status() < 300;
        }
        return isSwitch(exchange.head, answer) && exchange.request.body.key.isProvenBy(answer);
    }

    private static boolean isSwitch(RequestHead asked, ResponseHead answer) {
        return asked.isWebSocket() && answer.isWebSocket();
    }

    /** What is wrong with a 101 that is no answer. */
    static String flaw(RequestHead asked, ResponseHead answer) {
        return isSwitch(asked, answer) ? "101 that does not prove the key" : "101 that was not asked for";
    }

    /** The upstream has agreed with {@code head} to another protocol; {@code first} is what it has said of it already. */
    static void open(Exchange exchange, UpstreamStream upstream, ResponseHead head, ByteBuf first) {
        Client client = exchange.client();
        HeadWriter writer = exchange.loop.writer;
        int status = client.hasFrames() ? 200 : 101;
        exchange.attempt.answered(status);
        exchange.answered(status);
        if (client.hasFrames()) {
            // RFC 8441 5: an answer to CONNECT, without the fields of an upgrade.
            head.dropAll(HopFields.ACCEPT);
            writer.startResponse(status, "OK");
        } else if (upstream.hasFrames()) {
            writer.startResponse(status, LocalReply.phrase(status));
            HopFields.accept(exchange.head, writer);
        } else {
            writer.startResponse(head);
        }
        exchange.attempt.session().write(head, client.facts().transport(), writer);
        if (!client.hasFrames()) {
            writer.add(HopFields.CONNECTION, HopFields.UPGRADE).add(HopFields.UPGRADE, HopFields.WEBSOCKET);
        }
        exchange.attempt.share().filters().response().finish(head, exchange.origin(), writer);
        client.headAlone(writer, head.headBytes() + HEAD_ROOM, false);
        exchange.beginTunnel(upstream, first);
    }

    /** {@code first}: what the upstream sent right behind its 101. */
    void begin(ByteBuf first) {
        upstream.setReader(this);
        upstream.beginTunnel();
        upstream.setReading(true);
        if (first.isReadable()) {
            upstreamRead(first.readRetainedSlice(first.readableBytes()));
        }
        client.beginTunnel();
    }

    void fromClient(ByteBuf bytes) {
        exchange.limits.tunnelMoved();
        exchange.outcome.tunnelled += bytes.readableBytes();
        toUpstream.pass(bytes);
        upstream.write(bytes);
        client.setReading(upstream.hasRoom());
    }

    @Override
    public void upstreamRead(ByteBuf bytes) {
        exchange.limits.tunnelMoved();
        exchange.outcome.bytesOut += bytes.readableBytes();
        toClient.pass(bytes);
        client.write(bytes);
        upstream.setReading(client.hasRoom());
    }

    @Override
    public void upstreamWritable() {
        client.setReading(true);
    }

    void clientWritable() {
        upstream.setReading(true);
    }

    /** It is about to be cut: both sides are told, where a frame may stand. */
    void goAway() {
        if (!upstreamEnded && toClient.takesFrame()) {
            client.write(client.buffer(GOING_AWAY.length).writeBytes(GOING_AWAY));
        }
        if (!clientEnded && toUpstream.takesFrame()) {
            upstream.write(upstream.buffer(CLIENT_GOING_AWAY.length).writeBytes(CLIENT_GOING_AWAY));
        }
    }

    void clientInputEnded() {
        clientEnded = true;
        if (upstreamEnded) {
            exchange.tunnelEnded();
        } else {
            upstream.endOutput();
        }
    }

    @Override
    public void upstreamInputEnded() {
        upstreamEnded = true;
        if (clientEnded) {
            exchange.tunnelEnded();
        } else {
            client.endTunnelOutput();
        }
    }

    @Override
    public void upstreamClosed(@Nullable Throwable cause) {
        exchange.attempt.streamLost();
        exchange.tunnelEnded();
    }

    // ------------------------------------------------------------------ no message follows

    @Override
    public ResponseHead answerHead() {
        throw new IllegalStateException("a tunnel has no heads");
    }

    @Override
    public void upstreamHead(boolean last) {
        throw new IllegalStateException("a tunnel has no heads");
    }

    @Override
    public void upstreamContent(ByteBuf content) {
        upstreamRead(content);
    }

    @Override
    public void upstreamEnd(@Nullable MessageHead trailers) {
        upstreamInputEnded();
    }

    @Override
    public void upstreamRefused(String why) {
        exchange.tunnelEnded();
    }
}
