package dev.moorgate.cli.push;

import dev.moorgate.operator.publish.SidecarSocket;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.routetable.wire.Digest;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The operator's side of a push without a cluster: tables that are told apart by their numbers. */
final class NumberedPushes implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final TablePublisher publisher;

    NumberedPushes(Path socket) {
        publisher = new TablePublisher(new SidecarSocket(vertx, socket), System::currentTimeMillis);
    }

    void push(int number) {
        publisher.publish(Tables.table(number), Tables.endpoints(number));
    }

    /** The data plane has said so. */
    void awaitInForce(int number) {
        String wanted = Digest.of(Tables.table(number));
        TablePublisherTest.await(() ->
                publisher.rollout().connected() && publisher.rollout().digest().equals(wanted));
    }

    @Override
    public void close() {
        publisher.close();
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
