package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.EndpointPush;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import dev.moorgate.routetable.wire.WireException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes pushes of the operator: {@code PUT /table}, {@code PUT /endpoints} and {@code GET /ack}, each answered by the Ack
 * (200 applied, 409 refused as late, 422 refused). One push at a time, in the order of versions; an older one never
 * overwrites a newer. The last good copy is on disk before the ack is sent, unless the disk refuses it.
 */
public final class ControlServer {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int IDLE_SECONDS = 60;
    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rwx------");

    /** An ack and the status that carries it. */
    private record Reply(int status, Ack ack) {}

    private final Vertx vertx;
    private final TableSink sink;
    private final Optional<LastGood> lastGood;
    private @Nullable Push current;

    /** {@code installed}: what the process started from, as {@link LastGood} found it. */
    public ControlServer(Vertx vertx, TableSink sink, Optional<LastGood> lastGood, Optional<Push> installed) {
        this.vertx = vertx;
        this.sink = sink;
        this.lastGood = lastGood;
        this.current = installed.orElse(null);
    }

    /**
     * On loopback, or on a Unix domain socket: its directory is made here, for us alone, before the bind, and a socket
     * that a former process left is replaced.
     */
    public Future<HttpServer> listen(SocketAddress address) {
        try {
            if (address.isDomainSocket()) {
                prepare(Path.of(address.path()).toAbsolutePath());
            }
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
        var options = new HttpServerOptions()
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false);
        return vertx.createHttpServer(options).requestHandler(this::handle).listen(address);
    }

    private static void prepare(Path socket) throws IOException {
        Path folder = socket.getParent();
        if (folder == null) {
            throw new IOException("a socket needs a directory of its own: " + socket);
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OURS));
        }
        if (!Files.getPosixFilePermissions(folder).equals(OURS)) {
            throw new IOException("others may enter " + folder + ": its mode must be 0700");
        }
        Files.deleteIfExists(socket);
    }

    private void handle(HttpServerRequest request) {
        switch (request.path()) {
            case "/table" -> put(request, this::table);
            case "/endpoints" -> put(request, this::endpoints);
            case "/ack" -> vertx.executeBlocking(this::state).onSuccess(reply -> send(request, reply));
            default -> request.response().setStatusCode(404).end();
        }
    }

    /** Handles one document on a worker thread. */
    private interface Handling {
        Reply of(byte[] document);
    }

    private void put(HttpServerRequest request, Handling handling) {
        if (!request.method().equals(HttpMethod.PUT)) {
            request.response().putHeader("allow", "PUT").setStatusCode(405).end();
            return;
        }
        Buffer body = Buffer.buffer();
        request.handler(part -> {
            if (body.length() + part.length() <= TableReader.LIMIT) {
                body.appendBuffer(part);
            } else {
                request.handler(null);
                request.endHandler(null);
                tooLarge(request);
            }
        });
        request.endHandler(end ->
                vertx.executeBlocking(() -> handling.of(body.getBytes())).onSuccess(reply -> send(request, reply)));
    }

    private void tooLarge(HttpServerRequest request) {
        Ack ack = refused(TableVersion.NONE, "", "the document has more than " + TableReader.LIMIT + " bytes")
                .ack();
        request.response()
                .setStatusCode(413)
                .putHeader("content-type", "application/json")
                .putHeader("connection", "close")
                .end(Buffer.buffer(TableWriter.WIRE.write(ack)))
                .onComplete(sent -> request.connection().close());
    }

    private static void send(HttpServerRequest request, Reply reply) {
        if (!request.response().closed()) {
            request.response()
                    .setStatusCode(reply.status())
                    .putHeader("content-type", "application/json")
                    .end(Buffer.buffer(TableWriter.WIRE.write(reply.ack())));
        }
    }

    private synchronized Reply state() {
        Push now = current;
        return now == null
                ? refused(TableVersion.NONE, "", "no table is installed")
                : new Reply(200, Ack.applied(now.version(), digest()));
    }

    private synchronized Reply table(byte[] document) {
        Push push;
        try {
            push = TableReader.push(document);
        } catch (WireException e) {
            return refused(TableVersion.NONE, e.path(), e.reason());
        }
        Push now = current;
        if (now != null && push.equals(now)) {
            return new Reply(200, Ack.applied(push.version(), digest()));
        }
        if (now != null && push.version().compareTo(now.version()) <= 0) {
            return late(push.version(), now);
        }
        return apply(push, () -> sink.install(push.table(), push.endpoints(), push.version()));
    }

    private synchronized Reply endpoints(byte[] document) {
        EndpointPush push;
        try {
            push = TableReader.endpointPush(document);
        } catch (WireException e) {
            return refused(TableVersion.NONE, e.path(), e.reason());
        }
        Push now = current;
        TableVersion version = push.version();
        if (now == null) {
            return refused(version, "version", "no table is installed");
        }
        if (version.compareTo(now.version()) <= 0) {
            return late(version, now);
        }
        if (!version.isOfTable(now.version())) {
            return refused(version, "version", "belongs to another table than " + now.version());
        }
        String name = push.upstream().upstream();
        if (now.table().upstreams().stream()
                .noneMatch(upstream -> upstream.name().equals(name))) {
            return refused(version, "upstream.upstream", "the table has no upstream " + name);
        }
        var next = new Push(version, now.table(), with(now.endpoints(), push.upstream()));
        return apply(next, () -> sink.endpoints(push.upstream(), version));
    }

    private static EndpointTable with(EndpointTable table, UpstreamEndpoints changed) {
        Map<String, UpstreamEndpoints> upstreams = new TreeMap<>();
        table.upstreams().forEach(upstream -> upstreams.put(upstream.upstream(), upstream));
        upstreams.put(changed.upstream(), changed);
        return new EndpointTable(List.copyOf(upstreams.values()));
    }

    /** Puts something in force. */
    private interface Installation {
        Ack run();
    }

    private Reply apply(Push next, Installation installation) {
        Ack ack;
        try {
            ack = installation.run();
        } catch (RuntimeException e) {
            LOG.error("Version {} could not be installed", next.version(), e);
            return refused(next.version(), "", "internal error: " + e.getClass().getSimpleName());
        }
        if (!ack.isApplied()) {
            return new Reply(422, ack);
        }
        current = next;
        lastGood.ifPresent(store -> save(store, next));
        return new Reply(200, ack);
    }

    private static void save(LastGood store, Push push) {
        try {
            store.save(push);
        } catch (IOException e) {
            LOG.warn("The last good copy of version {} could not be written: {}", push.version(), e.toString());
        }
    }

    private Reply late(TableVersion version, Push now) {
        Ack ack = refused(version, "version", "is not later than the installed " + now.version())
                .ack();
        return new Reply(409, ack);
    }

    private Reply refused(TableVersion version, String path, String reason) {
        return new Reply(422, Ack.refused(version, digest(), path, reason));
    }

    private String digest() {
        Push now = current;
        return now == null ? "" : Digest.of(now.table());
    }
}
