package dev.moorgate.cli.push;

import dev.moorgate.dataplane.control.ControlMetrics;
import dev.moorgate.dataplane.control.ControlServer;
import dev.moorgate.dataplane.control.LastGood;
import dev.moorgate.dataplane.control.TableSink;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableVersion;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The data plane's side of a push without the proxy behind it: a real control server, and what it put in force. */
final class Sidecar implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final List<Push> states = new CopyOnWriteArrayList<>();
    private volatile String refusal = "";
    private final HttpServer server;

    private final TableSink sink = new TableSink() {
        @Override
        public Outcome install(Push push) {
            return put(push);
        }

        @Override
        public Outcome endpoints(EndpointTable endpoints, TableVersion version) {
            return put(new Push(version, states.getLast().table(), endpoints));
        }

        private Outcome put(Push push) {
            if (!refusal.isEmpty()) {
                return new Outcome.Refused("listeners[0]", refusal);
            }
            states.add(push);
            return new Outcome.Applied();
        }
    };

    /** On {@code socket}, going on from what {@code folder} holds. */
    Sidecar(Path socket, Path folder) throws Exception {
        var store = new LastGood(folder, "pod");
        Optional<Push> found = store.load().push();
        found.ifPresent(states::add);
        server = new ControlServer(vertx, sink, Optional.of(store), found, new ControlMetrics(System::nanoTime))
                .listen(SocketAddress.domainSocketAddress(socket.toString()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    /** All that were in force, the one that is last. */
    List<Push> states() {
        return states;
    }

    /** Empty: everything is taken. */
    void refuse(String reason) {
        refusal = reason;
    }

    /**
     * As a process dies: all of its connections end. A connection that was just accepted is forgotten by a loop that ends, and stays open:
     * so the server goes first, and the one loop does what it was given until then.
     */
    @Override
    public void close() {
        await(server.close());
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(done::complete);
        await(done.future());
        await(vertx.close());
    }

    private static void await(Future<?> done) {
        done.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
