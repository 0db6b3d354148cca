package dev.moorgate.dataplane.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port whose queue of connections is full, so that a further one is neither made nor refused. */
public final class FilledBacklog implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> waiting = new ArrayList<>();

    private FilledBacklog(ServerSocket server) {
        this.server = server;
    }

    public static FilledBacklog open() {
        try {
            var filled = new FilledBacklog(new ServerSocket(0, 1, RawClient.loopback()));
            filled.fill();
            return filled;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fill() throws IOException {
        while (waiting.size() < 100) {
            var socket = new Socket();
            waiting.add(socket);
            try {
                socket.connect(new InetSocketAddress(RawClient.loopback(), port()), 200);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError("the queue does not fill");
    }

    public int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() {
        try {
            for (Socket socket : waiting) {
                socket.close();
            }
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
