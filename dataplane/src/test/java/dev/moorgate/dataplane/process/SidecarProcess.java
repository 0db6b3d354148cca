package dev.moorgate.dataplane.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.moorgate.dataplane.DataPlaneMain;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.Gate;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** {@code DataPlaneMain} as a child process on a loopback address that nothing else uses, and its operator's side of the socket. */
final class SidecarProcess implements AutoCloseable {
    private static final int PORT = 20_080;
    private static final int HEALTH_PORT = 20_901;
    private static final long LIMIT_SECONDS = 180;

    private final Process process;
    private final Path output;
    private final Path socket;
    private final String address;

    private SidecarProcess(Process process, Path output, Path socket, String address) {
        this.process = process;
        this.output = output;
        this.socket = socket;
        this.address = address;
    }

    /** Starts in {@code folder}, where another may have run before, and waits until it says that it has started. */
    static SidecarProcess start(Path folder, String address) throws IOException {
        Path output = folder.resolve("output");
        Path socket = folder.resolve("control/socket");
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-Dmoorgate.tests.log=INFO",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DataPlaneMain.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("MOORGATE_CONTROL_SOCKET", socket.toString());
        builder.environment()
                .put("MOORGATE_LAST_GOOD", folder.resolve("last-good").toString());
        builder.environment().put("MOORGATE_OWNER", "pod-1");
        builder.environment().put("MOORGATE_HEALTH", address + ":" + HEALTH_PORT);
        builder.environment().put("MOORGATE_EVENT_LOOPS", "2");
        builder.environment().put("MOORGATE_LAME_DUCK", "0s");
        builder.environment().put("MOORGATE_DRAIN", "60s");
        var sidecar = new SidecarProcess(builder.start(), output, socket, address);
        sidecar.await("start", () -> sidecar.output().contains("started: sockets="));
        return sidecar;
    }

    /** Waits; starting on a busy machine takes its time. */
    void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                close();
                throw new AssertionError("no " + what + "; it printed:\n" + output());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** Pushes a table that gives everything to {@code upstream}. */
    Ack push(long number, ScriptedUpstream upstream) throws Exception {
        Setup setup = Setup.to(upstream).settings(Gate.silent());
        RouteTable table = setup.table();
        List<Listener> listeners = table.listeners().stream()
                .map(listener -> new Listener(
                        listener.name(),
                        listener.source(),
                        listener.protocol(),
                        listener.port(),
                        address,
                        PORT,
                        PORT,
                        listener.tls(),
                        listener.virtualHosts()))
                .toList();
        var moved = new RouteTable(
                table.settings(),
                listeners,
                table.upstreams(),
                table.sessions(),
                table.certificates(),
                table.keyRings());
        byte[] body = TableWriter.WIRE.write(
                new Push(new TableVersion("0000019ac2e1a400", number, 0), moved, setup.endpoints()));
        String response = send(
                "PUT /table HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + body.length
                        + "\r\n\r\n",
                body);
        return TableReader.ack(
                response.substring(response.indexOf("\r\n\r\n") + 4).getBytes(UTF_8));
    }

    private String send(String head, byte[] body) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            for (byte[] part : List.of(head.getBytes(ISO_8859_1), body)) {
                ByteBuffer rest = ByteBuffer.wrap(part);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
            var response = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(8192);
            while (channel.read(part) >= 0) {
                response.write(part.array(), 0, part.position());
                part.clear();
            }
            return response.toString(ISO_8859_1);
        }
    }

    RawClient connect() throws IOException {
        return new RawClient(new Socket(InetAddress.ofLiteral(address), PORT));
    }

    /** One request on a connection of its own. */
    Answer get() throws IOException {
        try (RawClient client = connect()) {
            return client.get("/");
        }
    }

    /** The status of {@code /readyz}; 0: nobody answers. */
    int readiness() {
        try (RawClient client = new RawClient(new Socket(InetAddress.ofLiteral(address), HEALTH_PORT))) {
            return client.get("/readyz").status();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Whether somebody listens for clients. */
    boolean listens() {
        try (RawClient client = connect()) {
            return client.socket().isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void terminate() {
        process.destroy();
    }

    /** As {@code kill -9} does it. */
    void kill() throws Exception {
        process.destroyForcibly();
        exitCode();
    }

    int exitCode() throws Exception {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running; it printed:\n" + output());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
