package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.upstream.UpstreamConnection;
import dev.moorgate.dataplane.upstream.UpstreamReader;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Bytes both ways after an upgrade, with back pressure and half closes, until both directions have ended. */
final class Tunnel implements UpstreamReader {
    private final Exchange exchange;
    private final DownstreamConnection client;
    private final UpstreamConnection upstream;
    private boolean clientEnded;
    private boolean upstreamEnded;

    Tunnel(Exchange exchange, DownstreamConnection client, UpstreamConnection upstream) {
        this.exchange = exchange;
        this.client = client;
        this.upstream = upstream;
    }

    /** {@code first}: what the upstream sent right behind its 101. */
    void begin(ByteBuf first) {
        upstream.setReader(this);
        upstream.keepHalfOpen();
        upstream.setReading(true);
        if (first.isReadable()) {
            upstreamRead(first.readRetainedSlice(first.readableBytes()));
        }
        client.beginTunnel();
    }

    void fromClient(ByteBuf bytes) {
        exchange.limits.tunnelMoved();
        exchange.outcome.tunnelled += bytes.readableBytes();
        upstream.write(bytes);
        client.setReading(upstream.hasRoom());
    }

    @Override
    public void upstreamRead(ByteBuf bytes) {
        exchange.limits.tunnelMoved();
        exchange.outcome.bytesOut += bytes.readableBytes();
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
        exchange.attempt.connectionLost();
        exchange.tunnelEnded();
    }
}
