package dev.moorgate.cli.push;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Stands before a Unix domain socket and cuts a connection once so many octets have passed, whichever way they went. */
final class CuttingProxy implements AutoCloseable {
    private final ServerSocketChannel server;
    private final Path target;
    private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);

    CuttingProxy(Path at, Path target) throws IOException {
        this.target = target;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(at));
        Thread.ofVirtual().start(this::accept);
    }

    /** Of the connections there are and will be, the one through which the last of them passes is cut; then no more. */
    void cutAfter(long octets) {
        left.set(octets);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel from = server.accept();
                Thread.ofVirtual().start(() -> serve(from));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(SocketChannel from) {
        try (from;
                SocketChannel to = SocketChannel.open(UnixDomainSocketAddress.of(target))) {
            Thread back = Thread.ofVirtual().start(() -> pump(to, from));
            pump(from, to);
            back.join();
        } catch (IOException refused) {
            // the data plane is away: so is the connection
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump(SocketChannel in, SocketChannel out) {
        ByteBuffer part = ByteBuffer.allocate(1000);
        try (in;
                out) {
            while (in.read(part) >= 0) {
                part.flip();
                long rest = left.getAndAdd(-part.remaining());
                boolean cut = rest <= part.remaining();
                if (cut) {
                    part.limit((int) Math.max(0, rest));
                    left.set(Long.MAX_VALUE);
                }
                while (part.hasRemaining()) {
                    out.write(part);
                }
                if (cut) {
                    return;
                }
                part.clear();
            }
        } catch (IOException gone) {
            // either side is
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
