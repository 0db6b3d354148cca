package dev.moorgate.cli.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.publish.PublishTransport;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.SidecarSocket;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.TableVersion;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data plane comes to run the newest table whatever happens on the way (faults H2, I1, I3, I6). */
class TablePublisherTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final List<PublishTransport.Document> sent = new CopyOnWriteArrayList<>();

    @TempDir
    Path temporary;

    private Path socket;
    private Sidecar sidecar;

    @BeforeEach
    void start() throws Exception {
        socket = temporary.resolve("run").resolve("control.sock");
        sidecar = sidecar();
    }

    private Sidecar sidecar() throws Exception {
        return new Sidecar(socket, temporary.resolve("state"));
    }

    @AfterEach
    void stop() throws Exception {
        sidecar.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** The socket, and a list of what goes through it. */
    private PublishTransport transport() {
        var through = new SidecarSocket(vertx, socket);
        return new PublishTransport() {
            @Override
            public Answer send(Document kind, byte[] document) throws IOException, InterruptedException {
                sent.add(kind);
                return through.send(kind, document);
            }

            @Override
            public Answer installed(TableVersion known, Duration hold) throws IOException, InterruptedException {
                return through.installed(known, hold);
            }

            @Override
            public SessionCensus census() throws IOException, InterruptedException {
                return through.census();
            }

            @Override
            public void close() {
                through.close();
            }
        };
    }

    private TablePublisher publisher() {
        return new TablePublisher(transport(), System::currentTimeMillis);
    }

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void awaitAck(TablePublisher publisher, int number, int hosts) {
        String digest = Digest.of(Tables.table(number, hosts));
        await(() -> publisher.rollout().digest().equals(digest));
    }

    @Test
    void tableIsInForceAndItsObjectsAreNamed() {
        try (var publisher = publisher()) {
            var told = new AtomicInteger();
            publisher.onChange(told::incrementAndGet);
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(publisher, 1, 3);

            Rollout rollout = publisher.rollout();

            Push inForce = sidecar.states().getLast();
            assertThat(inForce.table()).isEqualTo(Tables.table(1, 3));
            assertThat(inForce.endpoints()).isEqualTo(Tables.endpoints(1));
            assertThat(rollout.connected()).isTrue();
            assertThat(rollout.acked()).contains(inForce.version());
            assertThat(rollout.sources()).containsKeys(Tables.object(0), Tables.object(2), Tables.SERVICE);
            assertThat(rollout.spread(Tables.object(1)).isComplete()).isTrue();
            await(() -> told.get() > 0);
        }
    }

    @Test
    void onlyWhatChangedTravelsAndNothingWhereNothingDid() {
        try (var publisher = publisher()) {
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(publisher, 1, 3);
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            publisher.publish(Tables.table(2, 3), Tables.endpoints(1));
            awaitAck(publisher, 2, 3);
            publisher.publishEndpoints(Tables.endpoints(7));
            await(() -> sidecar.states().getLast().endpoints().equals(Tables.endpoints(7)));

            assertThat(sent)
                    .containsExactly(
                            PublishTransport.Document.TABLE,
                            PublishTransport.Document.DELTA,
                            PublishTransport.Document.DELTA);
            TableVersion version = sidecar.states().getLast().version();
            assertThat(version.table()).isEqualTo(2);
            assertThat(version.sequence()).isEqualTo(1);
        }
    }

    @Test
    void newestWinsWhereManyAreWanted() {
        try (var publisher = publisher()) {
            for (int i = 1; i <= 200; i++) {
                publisher.publish(Tables.table(i, 50), Tables.endpoints(i));
            }
            awaitAck(publisher, 200, 50);

            assertThat(sidecar.states().getLast().endpoints()).isEqualTo(Tables.endpoints(200));
            assertThat(sidecar.states().size()).isLessThan(200);
            assertThat(sidecar.states()).extracting(Push::version).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void restartedDataPlaneHasTheTableAgainSoon() throws Exception {
        try (var publisher = publisher()) {
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(publisher, 1, 3);
            sidecar.close();
            await(() -> !publisher.rollout().connected());
            publisher.publish(Tables.table(2, 3), Tables.endpoints(2));

            sidecar = sidecar();
            long back = System.nanoTime();
            await(() -> sidecar.states().getLast().table().equals(Tables.table(2, 3)));

            // Within a second, where the machine is not crowded; a pause that grew would take longer than this.
            assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofSeconds(20));
            awaitAck(publisher, 2, 3);
            assertThat(publisher.rollout().connected()).isTrue();
        }
    }

    @Test
    void dataPlaneThatComesBackWithTheTableIsNotPushedTo() throws Exception {
        try (var publisher = publisher()) {
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(publisher, 1, 3);
            sidecar.close();
            await(() -> !publisher.rollout().connected());
            sidecar = sidecar();
            await(() -> publisher.rollout().connected());
            publisher.publish(Tables.table(2, 3), Tables.endpoints(1));
            awaitAck(publisher, 2, 3);

            assertThat(sidecar.states()).hasSize(2);
            assertThat(sent).containsExactly(PublishTransport.Document.TABLE, PublishTransport.Document.DELTA);
        }
    }

    @Test
    void refusedTableIsToldWithItsReasonAndTheOldOneStays() {
        try (var publisher = publisher()) {
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(publisher, 1, 3);
            sidecar.refuse("port 8080 is in use");
            publisher.publish(Tables.table(2, 3), Tables.endpoints(1));
            await(() -> publisher.rollout().refusal().isPresent());

            Rollout rollout = publisher.rollout();
            assertThat(rollout.refusal().orElseThrow().reason()).isEqualTo("port 8080 is in use");
            assertThat(rollout.refusal().orElseThrow().path()).isEqualTo("listeners[0]");
            assertThat(rollout.digest()).isEqualTo(Digest.of(Tables.table(1, 3)));
            assertThat(rollout.sources()).containsKey(Tables.object(1));
            sidecar.refuse("");

            awaitAck(publisher, 2, 3);
            assertThat(publisher.rollout().refusal()).isEmpty();
        }
    }

    @Test
    void restartedOperatorGoesOnWhateverItsClockSays() {
        try (var publisher = publisher()) {
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(publisher, 1, 3);
        }
        try (var publisher = new TablePublisher(transport(), () -> 1)) {
            publisher.publish(Tables.table(2, 3), Tables.endpoints(1));
            awaitAck(publisher, 2, 3);
        }
        assertThat(sidecar.states()).extracting(Push::version).isSorted();
    }

    @Test
    void olderOperatorNeverOverwritesALaterOne() {
        try (var old = publisher()) {
            old.publish(Tables.table(1, 3), Tables.endpoints(1));
            awaitAck(old, 1, 3);
            try (var later = new TablePublisher(transport(), () -> System.currentTimeMillis() + 60_000)) {
                later.publish(Tables.table(2, 3), Tables.endpoints(2));
                awaitAck(later, 2, 3);

                old.publish(Tables.table(3, 3), Tables.endpoints(3));
                await(() -> old.rollout().refusal().isPresent());

                assertThat(old.rollout().refusal().orElseThrow().reason()).contains("later operator");
                assertThat(sidecar.states().getLast().table()).isEqualTo(Tables.table(2, 3));
            }
        }
    }
}
