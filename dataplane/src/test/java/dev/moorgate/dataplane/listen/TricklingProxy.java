package dev.moorgate.dataplane.listen;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Passes one connection on, what the client says byte by byte. */
final class TricklingProxy implements AutoCloseable {
    private final ServerSocket server;

    TricklingProxy() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
    }

    int port() {
        return server.getLocalPort();
    }

    void to(int port) {
        Thread.ofVirtual().start(() -> {
            try (Socket client = server.accept();
                    Socket target = ListenFixture.connect(InetAddress.ofLiteral("127.0.0.1"), port)) {
                Thread back = Thread.ofVirtual().start(() -> copy(target, client, 4096));
                copy(client, target, 1);
                back.join();
            } catch (IOException | InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void copy(Socket from, Socket to, int atOnce) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[atOnce];
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                out.write(bytes, 0, n);
                out.flush();
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // one side is gone: so is the other's reason to wait
            return;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
