package dev.moorgate.dataplane.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.DeltaPush;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import dev.moorgate.routetable.wire.WireException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A push is put in force whole and in order, or refused with nothing changed (faults H2). */
class ControlServerTest {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final List<String> installed = new CopyOnWriteArrayList<>();
    private volatile Optional<String> refusal = Optional.empty();
    private volatile boolean broken;
    private final ControlMetrics metrics = new ControlMetrics(System::nanoTime);

    @TempDir
    Path temporary;

    private final TableSink sink = new TableSink() {
        @Override
        public Outcome install(Push push) {
            return answer("table " + push.version() + " "
                    + push.endpoints().upstreams().size());
        }

        @Override
        public Outcome endpoints(EndpointTable endpoints, TableVersion version) {
            return answer("endpoints " + version + " " + endpoints.upstreams().size());
        }

        private Outcome answer(String what) {
            if (broken) {
                throw new IllegalStateException("planted");
            }
            if (refusal.isPresent()) {
                return new Outcome.Refused("listeners[0]", refusal.get());
            }
            installed.add(what);
            return new Outcome.Applied();
        }
    };

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private HttpServer start(SocketAddress address, Optional<LastGood> store, Optional<Push> found) throws Exception {
        return new ControlServer(vertx, sink, store, found, metrics)
                .listen(address)
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    private InetSocketAddress start() throws Exception {
        return loopback(start(SocketAddress.inetSocketAddress(0, "127.0.0.1"), Optional.empty(), Optional.empty()));
    }

    private static InetSocketAddress loopback(HttpServer server) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort());
    }

    private static String put(java.net.SocketAddress address, String path, byte[] body) {
        return RawHttp.send(
                address,
                "PUT " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n",
                body);
    }

    private static String put(java.net.SocketAddress address, Push push) {
        return put(address, "/table", TableWriter.WIRE.write(push));
    }

    private static Ack ack(String response) throws WireException {
        return TableReader.ack(
                response.substring(response.indexOf("\r\n\r\n") + 4).getBytes(UTF_8));
    }

    private static String patch(java.net.SocketAddress address, Push old, Push next) {
        byte[] body = TableWriter.WIRE.write(DeltaPush.between(Stamped.of(old), Stamped.of(next)));
        return RawHttp.send(
                address, "PATCH /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n", body);
    }

    @Test
    void tableIsInstalledAndAcked() throws Exception {
        InetSocketAddress address = start();
        Push push = WireFiles.push(1);

        String response = put(address, push);

        assertThat(response).startsWith("HTTP/1.1 200 ");
        assertThat(ack(response)).isEqualTo(Ack.applied(push.version(), Digest.of(push.table())));
        assertThat(installed).containsExactly("table 0000019ac2e1a400.1.0 2");
    }

    @Test
    void olderPushNeverOverwritesANewer() throws Exception {
        InetSocketAddress address = start();
        put(address, WireFiles.push(5));

        String response = put(address, WireFiles.push(4));

        assertThat(response).startsWith("HTTP/1.1 409 ");
        assertThat(ack(response).outcome())
                .isEqualTo(new Outcome.Refused("version", "is not later than the installed 0000019ac2e1a400.5.0"));
        assertThat(installed).hasSize(1);
    }

    @Test
    void samePushAgainIsAckedAgainAndNotInstalledTwice() throws Exception {
        InetSocketAddress address = start();
        Push push = WireFiles.push(5);
        put(address, push);

        String response = put(address, push);

        assertThat(response).startsWith("HTTP/1.1 200 ");
        assertThat(ack(response)).isEqualTo(Ack.applied(push.version(), Digest.of(push.table())));
        assertThat(installed).hasSize(1);
    }

    @Test
    void documentThatIsNoPushIsRefusedWithItsPlace() throws Exception {
        InetSocketAddress address = start();
        String document = new String(WireFiles.document("push"), UTF_8).replace("\"mode\"", "\"mood\"");

        String response = put(address, "/table", document.getBytes(UTF_8));

        assertThat(response).startsWith("HTTP/1.1 422 ");
        assertThat(ack(response))
                .isEqualTo(Ack.refused(
                        TableVersion.NONE,
                        "",
                        "table.listeners[0].tls.serverNames[0].mood",
                        "is not a field of ServerName"));
        assertThat(installed).isEmpty();
    }

    @Test
    void tableThatCannotBeInstalledChangesNothing() throws Exception {
        InetSocketAddress address = start();
        put(address, WireFiles.push(1));
        refusal = Optional.of("port 443 is in use");

        String response = put(address, WireFiles.push(2));

        assertThat(response).startsWith("HTTP/1.1 422 ");
        assertThat(ack(response).outcome()).isEqualTo(new Outcome.Refused("listeners[0]", "port 443 is in use"));
        refusal = Optional.empty();
        assertThat(put(address, WireFiles.push(2))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void faultInTheInstallationIsARefusal() throws Exception {
        InetSocketAddress address = start();
        broken = true;

        String response = put(address, WireFiles.push(1));

        assertThat(response)
                .startsWith("HTTP/1.1 422 ")
                .contains("internal error")
                .doesNotContain("planted");
    }

    @Test
    void documentBeyondTheLimitIsRefusedWhileItComes() throws Exception {
        InetSocketAddress address = start();

        String response = put(address, "/table", new byte[TableReader.LIMIT + 1]);

        assertThat(response).startsWith("HTTP/1.1 413 ").contains("more than 52428800 bytes");
        assertThat(put(address, WireFiles.push(1))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void stateInForceIsToldToARestartedOperator() throws Exception {
        InetSocketAddress address = start();
        String head = "GET /ack HTTP/1.1\r\nHost: localhost\r\n";
        assertThat(RawHttp.send(address, head, new byte[0])).contains("no table is installed");
        Push push = WireFiles.push(3);
        put(address, push);

        Ack ack = ack(RawHttp.send(address, head, new byte[0]));

        assertThat(ack).isEqualTo(Ack.applied(push.version(), Digest.of(push.table())));
        assertThat(TableVersion.first(Optional.of(ack.version()), 0)).isGreaterThan(push.version());
    }

    @Test
    void ackIsSentWhenTheCopyIsOnDiskAndARestartGoesOnFromIt() throws Exception {
        var store = new LastGood(temporary.resolve("state"), "pod-1");
        var server = start(SocketAddress.inetSocketAddress(0, "127.0.0.1"), Optional.of(store), Optional.empty());
        Push push = WireFiles.push(3);
        put(loopback(server), push);
        assertThat(new LastGood(temporary.resolve("state"), "pod-1").load().push())
                .contains(push);
        var scaled = new Push(push.version().nextEndpoints(), push.table(), EndpointTable.EMPTY);
        patch(loopback(server), push, scaled);

        Optional<Push> found =
                new LastGood(temporary.resolve("state"), "pod-1").load().push();

        assertThat(found).contains(scaled);
        var restarted = start(SocketAddress.inetSocketAddress(0, "127.0.0.1"), Optional.empty(), found);
        assertThat(put(loopback(restarted), push)).startsWith("HTTP/1.1 409 ");
        assertThat(put(loopback(restarted), WireFiles.push(4))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void tableStaysInForceWhereTheDiskRefusesItsCopy() throws Exception {
        var store = new LastGood(temporary.resolve("state"), "pod-1", new FullDisk(new AtomicBoolean(true)));
        var server = start(SocketAddress.inetSocketAddress(0, "127.0.0.1"), Optional.of(store), Optional.empty());

        assertThat(put(loopback(server), WireFiles.push(1))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void taskRunsOnceBehindTheFirstPushThatIsInForce() throws Exception {
        var seen = new CopyOnWriteArrayList<List<String>>();
        var ran = new CountDownLatch(1);
        var server = new ControlServer(vertx, sink, Optional.empty(), Optional.empty(), metrics)
                .afterFirst(() -> {
                    seen.add(List.copyOf(installed));
                    ran.countDown();
                })
                .listen(SocketAddress.inetSocketAddress(0, "127.0.0.1"))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        refusal = Optional.of("planted");
        assertThat(put(loopback(server), WireFiles.push(1))).startsWith("HTTP/1.1 422 ");
        refusal = Optional.empty();
        put(loopback(server), WireFiles.push(2));
        assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();

        put(loopback(server), WireFiles.push(3));
        put(loopback(server), WireFiles.push(4));

        assertThat(seen).containsExactly(installed.subList(0, 1));
    }

    @Test
    void unixSocketLiesInADirectoryOfOurs() throws Exception {
        Path socket = temporary.resolve("run").resolve("control.sock");
        var first = start(SocketAddress.domainSocketAddress(socket.toString()), Optional.empty(), Optional.empty());

        assertThat(put(UnixDomainSocketAddress.of(socket), WireFiles.push(1))).startsWith("HTTP/1.1 200 ");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
        first.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        Files.deleteIfExists(socket);
        Files.createFile(socket);
        start(SocketAddress.domainSocketAddress(socket.toString()), Optional.empty(), Optional.empty());
        assertThat(put(UnixDomainSocketAddress.of(socket), WireFiles.push(2))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void directoryThatOthersMayEnterIsRefused() throws Exception {
        Path folder = Files.createDirectory(temporary.resolve("open"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        var listening = new ControlServer(vertx, sink, Optional.empty(), Optional.empty(), metrics)
                .listen(SocketAddress.domainSocketAddress(
                        folder.resolve("control.sock").toString()));

        assertThat(listening.toCompletionStage().toCompletableFuture())
                .failsWithin(java.time.Duration.ofSeconds(20))
                .withThrowableThat()
                .withMessageContaining("its mode must be 0700");
    }

    @Test
    void otherRequestsAreRefused() throws Exception {
        InetSocketAddress address = start();

        assertThat(RawHttp.send(address, "GET /table HTTP/1.1\r\nHost: localhost\r\n", new byte[0]))
                .startsWith("HTTP/1.1 405 ");
        assertThat(RawHttp.send(address, "GET / HTTP/1.1\r\nHost: localhost\r\n", new byte[0]))
                .startsWith("HTTP/1.1 404 ");
    }
}
