package dev.moorgate.dataplane.listen.quic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.util.concurrent.EventExecutor;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.crypto.SecretKey;

/**
 * One UDP port: a socket for each event loop, among which the kernel spreads clients by their addresses, or one where the transport
 * cannot share a port. Opened silent. Any thread that may block.
 */
public final class QuicPort {
    private static final int BIND_SECONDS = 10;
    private static final int RECEIVE_BUFFER = 2 << 20;
    /** One datagram; larger ones are not offered. */
    private static final int MOST_DATAGRAM = 2048;

    private final List<Channel> sockets;

    private QuicPort(List<Channel> sockets) {
        this.sockets = List.copyOf(sockets);
    }

    /** Whether this system has the native codec. */
    public static boolean isAvailable() {
        return Quic.isAvailable();
    }

    /** Why it has none. */
    public static String obstacle() {
        Throwable cause = Quic.unavailabilityCause();
        return cause == null ? "" : String.valueOf(cause.getMessage());
    }

    /** What a port is opened with. */
    public static final class Opener {
        private final List<EventLoop> loops = new ArrayList<>();
        private final ChannelFactory<? extends DatagramChannel> datagrams;
        private final SecretKey key = RetryTokens.newKey();

        /** @param loops where connections are served, of the transport that {@code datagrams} are of */
        public Opener(Iterable<EventExecutor> loops, ChannelFactory<? extends DatagramChannel> datagrams) {
            this.datagrams = datagrams;
            for (EventExecutor executor : loops) {
                if (executor instanceof EventLoop loop) {
                    this.loops.add(loop);
                }
            }
        }

        /**
         * Opens the sockets and reads nothing yet.
         *
         * @param beside another port of ours has the address and stays for a while
         * @param connections put in front of each new connection
         * @throws BindException where that does not go
         * @throws ChannelException where there is no descriptor for it
         */
        public QuicPort open(
                InetSocketAddress address,
                boolean beside,
                QuicTerms terms,
                Function<QuicChannel, ? extends QuicSslEngine> engines,
                ChannelHandler connections)
                throws BindException {
            var sockets = new ArrayList<Channel>();
            InetSocketAddress at = address;
            try {
                for (EventLoop loop : loops) {
                    boolean first = sockets.isEmpty();
                    ChannelHandler codec = codec(terms, engines, connections);
                    Channel bound = bind(socket(!first || beside), loop, at, codec);
                    sockets.add(bound);
                    at = (InetSocketAddress) bound.localAddress();
                    // The first is bound alone: a port that somebody else shares already is taken.
                    if (first && !bound.config().setOption(UnixChannelOption.SO_REUSEPORT, true)) {
                        break;
                    }
                }
                return new QuicPort(sockets);
            } catch (BindException | RuntimeException e) {
                sockets.forEach(QuicPort::close);
                throw e;
            }
        }

        private DatagramChannel socket(boolean shared) {
            DatagramChannel socket = datagrams.newChannel();
            try {
                if (shared) {
                    socket.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
                }
                return socket;
            } catch (ChannelException e) {
                socket.unsafe().closeForcibly();
                throw e;
            }
        }

        private ChannelHandler codec(
                QuicTerms terms, Function<QuicChannel, ? extends QuicSslEngine> engines, ChannelHandler connections) {
            return terms.codec()
                    .tokenHandler(new RetryTokens(key, System::nanoTime))
                    .sslEngineProvider(engines)
                    .handler(connections)
                    .build();
        }

        private static Channel bind(
                DatagramChannel socket, EventLoop loop, InetSocketAddress address, ChannelHandler codec)
                throws BindException {
            ChannelFuture bound = new Bootstrap()
                    .group(loop)
                    .channelFactory(() -> socket)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MOST_DATAGRAM))
                    .handler(codec)
                    .bind(address);
            boolean done = bound.awaitUninterruptibly(BIND_SECONDS, TimeUnit.SECONDS);
            if (!done || !bound.isSuccess()) {
                close(bound.channel());
                var failure = new BindException(
                        done ? String.valueOf(bound.cause().getMessage()) : "no answer within " + BIND_SECONDS + " s");
                failure.initCause(bound.cause());
                throw failure;
            }
            return bound.channel();
        }
    }

    public InetSocketAddress localAddress() {
        return (InetSocketAddress) sockets.getFirst().localAddress();
    }

    /** Begins to read. */
    public void start() {
        sockets.forEach(socket -> socket.config().setAutoRead(true));
    }

    /** Closes the sockets and with them every connection. */
    public void close() {
        sockets.forEach(QuicPort::close);
    }

    private static void close(Channel socket) {
        var _ = socket.close();
    }
}
