package dev.moorgate.dataplane.control;

import dev.moorgate.dataplane.control.PushDesk.Handling;
import dev.moorgate.dataplane.control.PushDesk.Reply;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
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
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the operator pushes: {@code PUT /table} (whole), {@code PATCH /table} (what changed) and {@code GET /ack}, each answered
 * by the Ack: 200 applied, 409 refused as late, 413 too large, 422 refused. With {@code ?known=VERSION&hold=MILLISECONDS} the
 * answer to {@code GET /ack} waits until another version is in force. {@code GET /sessions} tells of sticky sessions.
 */
public final class ControlServer {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int IDLE_SECONDS = 60;
    private static final long MOST_HELD_MILLIS = 30_000;
    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rwx------");

    private final Vertx vertx;
    private final PushDesk desk;
    private final ControlMetrics metrics;
    private final OptionalInt us;
    private volatile CensusView census = () -> SessionCensus.NONE;
    private final AtomicReference<@Nullable Runnable> afterFirst = new AtomicReference<>();
    private final Set<Held> waiting = ConcurrentHashMap.newKeySet();

    /** A question whose answer waits for another version. */
    private record Held(HttpServerRequest request, TableVersion known) {}

    /** {@code installed}: what the process started from, as {@link LastGood} found it. */
    public ControlServer(
            Vertx vertx,
            TableSink sink,
            Optional<LastGood> lastGood,
            Optional<Push> installed,
            ControlMetrics metrics) {
        this(vertx, sink, lastGood, installed, metrics, PeerUser.us());
    }

    ControlServer(
            Vertx vertx,
            TableSink sink,
            Optional<LastGood> lastGood,
            Optional<Push> installed,
            ControlMetrics metrics,
            OptionalInt us) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.us = us;
        this.desk = new PushDesk(sink, lastGood, installed, metrics);
    }

    /** Tells what is known of sticky sessions; before the first {@link #listen}. */
    public ControlServer telling(CensusView view) {
        census = view;
        return this;
    }

    /** Runs once, on a thread that may block, when a first push was put in force and answered; before the first {@link #listen}. */
    public ControlServer afterFirst(Runnable task) {
        afterFirst.set(task);
        return this;
    }

    /**
     * On loopback, or on a Unix domain socket: its directory is made here, for us alone, before the bind, a socket that a
     * former process left is replaced, and connections of other users are closed.
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
        return vertx.createHttpServer(options)
                .connectionHandler(connection -> connection.exceptionHandler(
                        gone -> LOG.debug("A connection to the control socket broke: {}", gone.toString())))
                .requestHandler(this::handle)
                .listen(address);
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
        if (PeerUser.isStranger(request.connection(), us)) {
            metrics.stranger();
            LOG.warn("A connection of another user to the control socket was closed");
            request.connection().close();
            return;
        }
        metrics.begun();
        request.response().endHandler(done -> metrics.ended());
        switch (request.path()) {
            case "/table" -> take(request, Map.of(HttpMethod.PUT, desk::table, HttpMethod.PATCH, desk::delta));
            case "/ack" -> state(request);
            case "/sessions" -> sessions(request);
            default -> request.response().setStatusCode(404).end();
        }
    }

    private void take(HttpServerRequest request, Map<HttpMethod, Handling> byMethod) {
        Handling handling = byMethod.get(request.method());
        if (handling == null) {
            String allowed =
                    byMethod.keySet().stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", "));
            request.response().putHeader("allow", allowed).setStatusCode(405).end();
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
        request.endHandler(
                end -> vertx.executeBlocking(() -> handling.of(body.getBytes())).onSuccess(reply -> {
                    send(request, reply);
                    tellWaiting();
                    if (reply.ack().isApplied()) {
                        first();
                    }
                }));
    }

    private void first() {
        Runnable task = afterFirst.getAndSet(null);
        if (task != null) {
            vertx.executeBlocking(() -> {
                task.run();
                return true;
            });
        }
    }

    private void tooLarge(HttpServerRequest request) {
        Ack ack = desk.refused(TableVersion.NONE, "", "the document has more than " + TableReader.LIMIT + " bytes")
                .ack();
        request.response()
                .setStatusCode(413)
                .putHeader("content-type", "application/json")
                .putHeader("connection", "close")
                .end(Buffer.buffer(TableWriter.WIRE.write(ack)))
                .onComplete(sent -> request.connection().close());
    }

    private void state(HttpServerRequest request) {
        long hold = Math.min(MOST_HELD_MILLIS, number(request.getParam("hold")));
        String known = request.getParam("known");
        if (hold <= 0 || known == null || !known.equals(desk.version().toString())) {
            send(request, desk.state());
            return;
        }
        var held = new Held(request, desk.version());
        waiting.add(held);
        long timer = vertx.setTimer(hold, passed -> answer(held));
        request.response().closeHandler(gone -> {
            waiting.remove(held);
            vertx.cancelTimer(timer);
        });
        tellWaiting();
    }

    private void sessions(HttpServerRequest request) {
        vertx.executeBlocking(() -> TableWriter.WIRE.write(census.census()), false)
                .onSuccess(document -> {
                    if (!request.response().closed()) {
                        request.response()
                                .putHeader("content-type", "application/json")
                                .end(Buffer.buffer(document));
                    }
                })
                .onFailure(e -> {
                    LOG.error("The census of sessions failed", e);
                    request.response().setStatusCode(500).end();
                });
    }

    private void tellWaiting() {
        TableVersion now = desk.version();
        for (Held held : waiting) {
            if (!held.known().equals(now)) {
                answer(held);
            }
        }
    }

    private void answer(Held held) {
        if (waiting.remove(held)) {
            send(held.request(), desk.state());
        }
    }

    private static long number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
    }

    private static void send(HttpServerRequest request, Reply reply) {
        if (!request.response().closed()) {
            request.response()
                    .setStatusCode(reply.status())
                    .putHeader("content-type", "application/json")
                    .end(Buffer.buffer(TableWriter.WIRE.write(reply.ack())));
        }
    }
}
