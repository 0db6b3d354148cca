package dev.moorgate.dataplane.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.DeltaPush;
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
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What changed travels alone; whoever waits for the next version hears of it (faults I2, I20). */
class DeltaPushTest {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final AtomicReference<Push> inForce = new AtomicReference<>();
    private final AtomicLong clock = new AtomicLong();
    private final ControlMetrics metrics = new ControlMetrics(clock::get);

    @TempDir
    Path temporary;

    private Path socket;

    private final TableSink sink = new TableSink() {
        @Override
        public Outcome install(Push push) {
            inForce.set(push);
            return new Outcome.Applied();
        }

        @Override
        public Outcome endpoints(EndpointTable endpoints, TableVersion version) {
            inForce.set(new Push(version, inForce.get().table(), endpoints));
            return new Outcome.Applied();
        }
    };

    @BeforeEach
    void start() throws Exception {
        socket = temporary.resolve("run").resolve("control.sock");
        listen(PeerUser.us());
    }

    private HttpServer listen(OptionalInt us) throws Exception {
        return new ControlServer(vertx, sink, Optional.empty(), Optional.empty(), metrics, us)
                .listen(SocketAddress.domainSocketAddress(socket.toString()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private String send(String method, byte[] body) {
        return RawHttp.send(
                UnixDomainSocketAddress.of(socket),
                method + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n",
                body);
    }

    private String patch(DeltaPush delta) {
        return send("PATCH /table", TableWriter.WIRE.write(delta));
    }

    private static Ack ack(String response) throws WireException {
        return TableReader.ack(
                response.substring(response.indexOf("\r\n\r\n") + 4).getBytes(UTF_8));
    }

    private Stamped first() {
        Push push = WireFiles.push(1);
        assertThat(send("PUT /table", TableWriter.WIRE.write(push))).startsWith("HTTP/1.1 200 ");
        return Stamped.of(push);
    }

    private static Stamped next(Stamped old, RouteTable table, EndpointTable endpoints) {
        return Stamped.of(new Push(old.push().version().nextTable(), table, endpoints));
    }

    @Test
    void changedPartsMakeTheTableThatWasMeant() throws Exception {
        Stamped old = first();
        Stamped next = next(old, RouteTable.EMPTY, EndpointTable.EMPTY);
        Stamped back = next(next, old.push().table(), old.push().endpoints());

        assertThat(patch(DeltaPush.between(old, next))).startsWith("HTTP/1.1 200 ");
        assertThat(inForce.get()).isEqualTo(next.push());
        String response = patch(DeltaPush.between(next, back));

        assertThat(ack(response)).isEqualTo(Ack.applied(back.push().version(), old.table()));
        assertThat(inForce.get()).isEqualTo(back.push());
    }

    @Test
    void endpointsTravelWithoutTheRoutes() throws Exception {
        Stamped old = first();
        var next = Stamped.of(
                new Push(old.push().version().nextEndpoints(), old.push().table(), EndpointTable.EMPTY));

        assertThat(patch(DeltaPush.between(old, next))).startsWith("HTTP/1.1 200 ");

        assertThat(inForce.get()).isEqualTo(next.push());
        Push elsewhere =
                next.as(old.push().version().nextTable().nextEndpoints()).push();
        var strange = new DeltaPush(
                elsewhere.version(),
                Optional.empty(),
                DeltaPush.between(next, Stamped.of(elsewhere)).endpoints());
        assertThat(patch(strange)).startsWith("HTTP/1.1 422 ").contains("belongs to another table");
    }

    @Test
    void changeOfAnotherBaseChangesNothing() throws Exception {
        Stamped old = first();
        Stamped other = next(old, RouteTable.EMPTY, EndpointTable.EMPTY);
        Stamped next = next(other, old.push().table(), old.push().endpoints());

        String response = patch(DeltaPush.between(other, next));

        assertThat(response).startsWith("HTTP/1.1 422 ");
        assertThat(ack(response))
                .isEqualTo(Ack.refused(
                        next.push().version(), old.table(), "table.base", "is not the table that is installed"));
        assertThat(inForce.get()).isEqualTo(old.push());
    }

    @Test
    void olderChangeNeverOverwritesANewerTable() throws Exception {
        Stamped old = first();
        Stamped next = next(old, RouteTable.EMPTY, EndpointTable.EMPTY);
        patch(DeltaPush.between(old, next));

        assertThat(patch(DeltaPush.between(old, next))).startsWith("HTTP/1.1 409 ");
        assertThat(inForce.get()).isEqualTo(next.push());
    }

    @Test
    void changeBeforeTheFirstTableIsRefused() {
        Stamped nothing = Stamped.of(new Push(TableVersion.NONE, RouteTable.EMPTY, EndpointTable.EMPTY));

        assertThat(patch(DeltaPush.between(nothing, Stamped.of(WireFiles.push(1)))))
                .startsWith("HTTP/1.1 422 ")
                .contains("no table is installed");
    }

    @Test
    void questionIsHeldUntilAnotherVersionIsInForce() throws Exception {
        Stamped old = first();
        String question = "GET /ack?known=" + old.push().version() + "&hold=20000";
        var answer = CompletableFuture.supplyAsync(() -> send(question, new byte[0]));
        while (!metrics.isConnected() && !answer.isDone()) {
            Thread.onSpinWait();
        }
        assertThat(answer).isNotDone();
        Stamped next = next(old, RouteTable.EMPTY, EndpointTable.EMPTY);

        patch(DeltaPush.between(old, next));

        assertThat(ack(answer.get(60, TimeUnit.SECONDS)).version())
                .isEqualTo(next.push().version());
        assertThat(send("GET /ack?known=" + old.push().version() + "&hold=20000", new byte[0]))
                .contains(next.push().version().toString().substring(0, 16));
        assertThat(send("GET /ack?known=" + next.push().version() + "&hold=1", new byte[0]))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void operatorThatIsNoLongerHeardShows() {
        assertThat(sheet()).contains("moorgate_control_connected 0.0");
        first();
        assertThat(sheet())
                .contains("moorgate_control_connected 1.0", "moorgate_control_pushes_total{outcome=\"applied\"} 1.0");

        // an answer can be read before the server has noted that it is out
        Await.until("the operator to be missed", () -> {
            clock.addAndGet(6_000_000_000L);
            return sheet().contains("moorgate_control_connected 0.0");
        });
    }

    private String sheet() {
        return MetricText.of(metrics);
    }

    @Test
    void connectionOfAnotherUserIsClosedUnanswered() throws Exception {
        socket = temporary.resolve("other").resolve("control.sock");
        listen(OptionalInt.of(PeerUser.us().orElseThrow() + 1));

        assertThat(send("GET /ack", new byte[0])).isEmpty();
        assertThat(sheet()).contains("moorgate_control_strangers_total 1.0");
    }
}
