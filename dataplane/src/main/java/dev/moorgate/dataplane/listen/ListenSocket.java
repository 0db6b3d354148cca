package dev.moorgate.dataplane.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open server socket and its connections. What it serves is replaced with each table; the socket and its connections stay.
 * Thread-safe; connections read {@link #serving} anew where they need it.
 */
public final class ListenSocket {
    private static final Logger LOG = LoggerFactory.getLogger(ListenSocket.class);
    private static final long CLOSE_SECONDS = 10;

    private final SocketKey key;
    private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
    private final ClientCounts clients = new ClientCounts();
    private volatile Serving serving;
    private volatile boolean closed;
    private volatile @Nullable Channel server;

    ListenSocket(SocketKey key, Serving serving) {
        this.key = key;
        this.serving = serving;
    }

    ClientCounts clients() {
        return clients;
    }

    public SocketKey key() {
        return key;
    }

    /** What the installed table says about this socket; once it is closed, what the last one said. */
    public Serving serving() {
        return serving;
    }

    /** Whether no table has it any longer: its connections end with the answer that they are at. */
    public boolean isClosed() {
        return closed;
    }

    /** Address and port as bound, with the port that the system chose for port 0. */
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) channel().localAddress();
    }

    public int connections() {
        return connections.size();
    }

    Channel channel() {
        return Objects.requireNonNull(server, "not bound yet");
    }

    void bound(Channel channel) {
        server = channel;
    }

    void serve(Serving next) {
        serving = next;
        channel().pipeline().fireUserEventTriggered(next);
    }

    /** Starts to accept; until then connections wait in the kernel's queue. */
    void accept() {
        channel().config().setAutoRead(true);
    }

    /** Closes the server socket for good and waits until the kernel has given up the address; connections stay. */
    void close() {
        closed = true;
        suspend();
    }

    /** The same without the wait. */
    ChannelFuture closeLater() {
        closed = true;
        return channel().close();
    }

    /** Closes the server socket so that it can be bound again. It closes later where its event loop is blocked. */
    void suspend() {
        if (!channel().close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            LOG.error("socket {} does not close within {} s", key, CLOSE_SECONDS);
        }
    }

    void add(Channel connection) {
        connections.add(connection);
    }

    void remove(Channel connection) {
        connections.remove(connection);
    }

    /** Closes every connection, at once. One that is not registered yet has no event loop to close it on, and will read what is served then. */
    void closeConnections() {
        for (Channel connection : connections) {
            if (connection.isRegistered()) {
                var _ = connection.close();
            }
        }
    }
}
