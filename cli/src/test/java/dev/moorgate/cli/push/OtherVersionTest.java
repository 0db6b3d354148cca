package dev.moorgate.cli.push;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.cli.process.ChildJvm;
import dev.moorgate.cli.process.HttpClient;
import dev.moorgate.dataplane.control.LastGood;
import dev.moorgate.operator.publish.PublishTransport.Answer;
import dev.moorgate.operator.publish.PublishTransport.Document;
import dev.moorgate.operator.publish.SidecarSocket;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import io.vertx.core.Vertx;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An operator and a data plane of different versions (fault H10). What the older operator wrote is served; what the newer one knows and
 * the data plane does not is refused whole, with its place: nothing of it is put in force, and the table that was there serves on, over
 * a restart too. What a newer data plane adds to its answers is passed over.
 *
 * <p>There is no release yet: the bytes of {@code format-1} were written by the first writer of format 1, and no test rewrites them. A
 * later writer cannot change the format, or the digests, unseen.
 */
class OtherVersionTest {
    private static final Pattern SOCKET = Pattern.compile("started: sockets=\\{ingress/80=[^:}]*:(\\d+)}");
    private static final String ROUTES = "\"routes\":[{";
    private static final String BODY = "\"body\":\"two\"";

    private final Vertx vertx = Vertx.vertx();

    @TempDir
    Path temporary;

    /** What a newer operator sends, and where it is not understood. */
    private record Newer(String what, Document kind, String document, String path) {}

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void aTableAndAChangeOfFormatOneAreReadAsTheyWereWritten() throws Exception {
        Stamped push = Stamped.of(TableReader.push(recorded("push")));

        // refused unless every digest comes out as the older version computed it
        Stamped changed = TableReader.deltaPush(recorded("change")).apply(push, new Stamped.Memos());

        assertThat(changed.push().version()).isEqualTo(new TableVersion("0000019ac2e1a400", 13, 0));
        assertThat(new String(TableWriter.WIRE.write(changed.push()), UTF_8)).contains(BODY);
    }

    @Test
    void anOlderOperatorIsServedAndANewerOneRefusedWithNothingChanged() throws Exception {
        Path socket = temporary.resolve("run").resolve("control.sock");
        Path folder = temporary.resolve("state");
        Push old = TableReader.push(recorded("push"));
        new LastGood(folder, DataPlaneProcess.OWNER).save(old);
        TableVersion changed = new TableVersion("0000019ac2e1a400", 13, 0);
        var operator = new SidecarSocket(vertx, socket);
        try (ChildJvm dataPlane = DataPlaneProcess.start(socket, folder)) {
            int port = port(dataPlane);
            assertThat(body(port)).isEqualTo("one");

            Answer answer = operator.send(Document.DELTA, recorded("change"));
            assertThat(answer.ack().outcome()).isEqualTo(new Outcome.Applied());
            assertThat(answer.ack().version()).isEqualTo(changed);
            assertThat(body(port)).isEqualTo("two");

            for (Newer newer : newer()) {
                Answer refusal = operator.send(newer.kind(), newer.document().getBytes(UTF_8));

                assertThat(refusal.status()).as(newer.what()).isEqualTo(422);
                assertThat(refusal.ack().outcome())
                        .as(newer.what())
                        .isInstanceOfSatisfying(
                                Outcome.Refused.class,
                                refused -> assertThat(refused.path()).isEqualTo(newer.path()));
                assertThat(operator.installed(TableVersion.NONE, Duration.ZERO).ack())
                        .as(newer.what())
                        .isEqualTo(answer.ack());
                assertThat(body(port)).as(newer.what()).isEqualTo("two");
            }
        }
        try (ChildJvm dataPlane = DataPlaneProcess.start(socket, folder)) {
            int port = port(dataPlane);
            assertThat(body(port)).isEqualTo("two");

            // an operator of its own version is understood at once
            var next = new Push(changed.nextTable(), old.table(), old.endpoints());
            assertThat(operator.send(Document.TABLE, TableWriter.WIRE.write(next))
                            .status())
                    .isEqualTo(200);
            assertThat(body(port)).isEqualTo("one");
        } finally {
            operator.close();
        }
    }

    @Test
    void anOperatorReadsWhatANewerDataPlaneAnswers() throws Exception {
        Path run = temporary.resolve("run");
        Path newer = run.resolve("newer.sock");
        String first = Digest.of(Tables.table(1, 3));
        String second = Digest.of(Tables.table(2, 3));
        try (var sidecar = new Sidecar(run.resolve("control.sock"), temporary.resolve("state"));
                var publisher = new TablePublisher(new SidecarSocket(vertx, newer), System::currentTimeMillis)) {
            answerAsNewer(newer, run.resolve("control.sock"));
            publisher.publish(Tables.table(1, 3), Tables.endpoints(1));
            TablePublisherTest.await(() -> publisher.rollout().digest().equals(first));
            publisher.publish(Tables.table(2, 3), Tables.endpoints(1));
            TablePublisherTest.await(() -> publisher.rollout().digest().equals(second));
            // an answer that is not understood is a doubt, and what is in doubt is sent again
            assertThat(sidecar.states()).hasSize(2);

            sidecar.refuse("no");
            publisher.publish(Tables.table(3, 3), Tables.endpoints(1));
            TablePublisherTest.await(() -> publisher.rollout().refusal().isPresent());
            assertThat(publisher.rollout().refusal().orElseThrow().reason()).isEqualTo("no");
            assertThat(publisher.rollout().digest()).isEqualTo(second);
        }
    }

    /** Hands every request at one socket on to the other, and adds to every object of the answer what only a later version knows. */
    private void answerAsNewer(Path at, Path target) throws Exception {
        var client = vertx.createHttpClient();
        var dataPlane = new RequestOptions()
                .setServer(SocketAddress.domainSocketAddress(target.toString()))
                .setHost("localhost");
        vertx.createHttpServer()
                .requestHandler(request -> request.body()
                        .compose(body -> client.request(new RequestOptions(dataPlane)
                                        .setMethod(request.method())
                                        .setURI(request.uri()))
                                .compose(asked -> asked.send(body)))
                        .compose(answer -> answer.body()
                                .compose(body -> request.response()
                                        .setStatusCode(answer.statusCode())
                                        .end(body.toString().replace("}", ",\"later\":{\"a\":[1,null]}}"))))
                        .onFailure(gone -> request.connection().close()))
                .listen(SocketAddress.domainSocketAddress(at.toString()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    private static List<Newer> newer() throws Exception {
        Stamped base = Stamped.of(TableReader.push(recorded("push")));
        Stamped now = TableReader.deltaPush(recorded("change")).apply(base, new Stamped.Memos());
        Push next = new Push(
                now.push().version().nextTable(),
                base.push().table(),
                now.push().endpoints());
        String whole = new String(TableWriter.WIRE.write(next), UTF_8);
        String change = new String(recorded("change"), UTF_8)
                .replace("\"table\":13", "\"table\":14")
                .replace(base.table(), now.table())
                .replace(base.endpoints(), now.endpoints())
                .replace(BODY, "\"body\":\"three\"");
        String route = "table.listeners[0].virtualHosts[0].routes[0]";
        return List.of(
                new Newer("a later format", Document.TABLE, edited(whole, "\"format\":1", "\"format\":2"), "format"),
                new Newer("a minor format", Document.TABLE, edited(whole, "\"format\":1", "\"format\":1.1"), "format"),
                new Newer(
                        "an unknown field at the top",
                        Document.TABLE,
                        edited(whole, "\"format\":1,", "\"format\":1,\"tenant\":\"a\","),
                        "tenant"),
                new Newer(
                        "an unknown kind of part",
                        Document.TABLE,
                        edited(whole, "\"sessions\":[]", "\"plugins\":[{\"name\":\"a\"}],\"sessions\":[]"),
                        "table.plugins"),
                new Newer(
                        "an unknown field of a route, behind routes that are understood",
                        Document.TABLE,
                        editedLast(whole, ROUTES, ROUTES + "\"priority\":1,"),
                        "table.listeners[0].virtualHosts[1].routes[0].priority"),
                new Newer(
                        "an unknown kind of filter",
                        Document.TABLE,
                        edited(whole, "\"type\":\"directResponse\"", "\"type\":\"wasm\""),
                        route + ".filters[0].type"),
                new Newer(
                        "an unknown word",
                        Document.TABLE,
                        edited(whole, "\"protocol\":\"HTTP\"", "\"protocol\":\"HTTP3\""),
                        "table.listeners[0].protocol"),
                new Newer(
                        "an unknown field of an endpoint",
                        Document.TABLE,
                        editedLast(whole, "\"podName\"", "\"weight\":2,\"podName\""),
                        "endpoints.upstreams[0].endpoints[0].weight"),
                new Newer(
                        "a change of a later format",
                        Document.DELTA,
                        edited(change, "\"format\":1", "\"format\":2"),
                        "format"),
                new Newer(
                        "an unknown kind of change",
                        Document.DELTA,
                        edited(change, "\"removedListeners\":[]", "\"movedListeners\":[],\"removedListeners\":[]"),
                        "table.movedListeners"),
                new Newer(
                        "a change whose endpoints have an unknown field",
                        Document.DELTA,
                        editedLast(change, "\"podName\"", "\"weight\":2,\"podName\""),
                        "endpoints.changed[0].endpoints[0].weight"),
                // Its routes and endpoints are read the same, and another digest comes out: it means something else by
                // them.
                new Newer("a change with digests of another making", Document.DELTA, change, "table.result"));
    }

    private static String edited(String document, String from, String to) {
        return replaced(document, document.indexOf(from), from, to);
    }

    private static String editedLast(String document, String from, String to) {
        return replaced(document, document.lastIndexOf(from), from, to);
    }

    private static String replaced(String document, int at, String from, String to) {
        assertThat(at).as(from).isNotNegative();
        return document.substring(0, at) + to + document.substring(at + from.length());
    }

    private static byte[] recorded(String name) throws IOException {
        try (InputStream in = OtherVersionTest.class.getResourceAsStream("/format-1/" + name + ".json")) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        }
    }

    /** Of the one socket, once it is told. */
    private static int port(ChildJvm dataPlane) {
        TablePublisherTest.await(() -> {
            assertThat(dataPlane.isAlive()).as("%s", dataPlane.output()).isTrue();
            return told(dataPlane).isPresent();
        });
        return told(dataPlane).orElseThrow();
    }

    private static Optional<Integer> told(ChildJvm dataPlane) {
        return dataPlane.output().stream()
                .map(SOCKET::matcher)
                .filter(Matcher::find)
                .map(found -> Integer.valueOf(found.group(1)))
                .findFirst();
    }

    /** What the first host answers; the second, which nobody changes, answers as ever. */
    private static String body(int port) throws IOException {
        assertThat(get(port, "stays.example.com")).isEqualTo("stays");
        return get(port, "shop.example.com");
    }

    private static String get(int port, String host) throws IOException {
        try (var client = HttpClient.connect("127.0.0.1", port)) {
            var answer = client.get(host, "/");
            assertThat(answer.start()).isEqualTo("HTTP/1.1 200 OK");
            return answer.body();
        }
    }
}
