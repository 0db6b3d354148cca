package dev.moorgate.dataplane.kit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Which of the bytes that clients sent the proxy has handled: what a test may build on before it moves the clock. */
final class SeenBytes {
    private final Map<Integer, Connection> byPort = new ConcurrentHashMap<>();
    private final Map<RawClient, Integer> clients = new ConcurrentHashMap<>();

    /** The proxy's end of a client's connection. */
    private static final class Connection extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final AtomicLong handled = new AtomicLong();
        private volatile boolean inputEnded;
        private volatile @Nullable HeldLoop held;

        Connection(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            int bytes = message instanceof ByteBuf content ? content.readableBytes() : 0;
            ctx.fireChannelRead(message);
            handled.addAndGet(bytes);
            HeldLoop hold = held;
            if (hold != null) {
                held = null;
                hold.here();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ctx.fireUserEventTriggered(event);
            if (event instanceof ChannelInputShutdownEvent) {
                inputEnded = true;
            }
        }

        boolean hasSeenAll(RawClient client) {
            return !channel.isActive() || handled.get() >= client.sent() && (inputEnded || !client.hasEnded());
        }
    }

    /** Counts what {@code channel} hands to the handlers behind those it has now. */
    void count(Channel channel) {
        var connection = new Connection(channel);
        byPort.put(((InetSocketAddress) channel.remoteAddress()).getPort(), connection);
        channel.pipeline().addLast(connection);
    }

    RawClient added(RawClient client) {
        clients.put(client, client.socket().getLocalPort());
        return client;
    }

    /** Bytes of {@code client} that the proxy has taken from the socket. */
    long of(RawClient client) {
        Connection connection = byPort.get(clients.getOrDefault(client, 0));
        return connection == null ? 0 : connection.handled.get();
    }

    /** The loop stops once it has handled what {@code client} sends next, before it writes anything of it. */
    HeldLoop holdBehind(RawClient client) {
        var hold = new HeldLoop();
        Await.until("the client to be known", () -> byPort.containsKey(clients.get(client)));
        byPort.get(clients.get(client)).held = hold;
        return hold;
    }

    /** Waits until all that clients have sent is handled, and the loop is done with what it was at. */
    void await(EventLoop loop) {
        clients.forEach((client, port) -> Await.until("the proxy to see what was sent", () -> {
            Connection connection = byPort.get(port);
            return connection != null && connection.hasSeenAll(client);
        }));
        loop.submit(() -> {}).syncUninterruptibly();
    }
}
