package dev.moorgate.operator.publish;

import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.WireException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data plane of the same pod, by the Unix domain socket that it serves. Ends without its {@code Vertx}. */
public final class SidecarSocket implements PublishTransport {
    private static final Logger LOG = LoggerFactory.getLogger(SidecarSocket.class);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int CONNECT_MILLIS = 1_000;
    /** Less than the data plane keeps an unused connection. */
    private static final int KEEP_SECONDS = 20;

    private final WebClient client;
    private final Questions questions;
    private final SocketAddress socket;

    public SidecarSocket(Vertx vertx, Path socket) {
        this.socket = SocketAddress.domainSocketAddress(socket.toString());
        questions = new Questions(vertx);
        // A held question, a push, and the question after a broken push.
        var options = new WebClientOptions()
                .setUserAgentEnabled(false)
                .setFollowRedirects(false)
                .setConnectTimeout(CONNECT_MILLIS)
                .setKeepAliveTimeout(KEEP_SECONDS);
        client = WebClient.wrap(
                vertx.httpClientBuilder()
                        .with(options)
                        .with(new PoolOptions().setHttp1MaxSize(3))
                        .withConnectHandler(connection -> connection.exceptionHandler(
                                gone -> LOG.debug("The connection to the data plane broke: {}", gone.toString())))
                        .build(),
                options);
    }

    @Override
    public Answer send(Document kind, byte[] document) throws IOException, InterruptedException {
        HttpMethod method = switch (kind) {
            case TABLE -> HttpMethod.PUT;
            case DELTA -> HttpMethod.PATCH;
        };
        return answer(questions.ask(
                client.request(method, socket, "localhost", "/table").putHeader("content-type", "application/json"),
                document,
                ANSWER));
    }

    @Override
    public Answer installed(TableVersion known, Duration hold) throws IOException, InterruptedException {
        return answer(get("/ack?known=" + known + "&hold=" + hold.toMillis(), hold.plus(ANSWER)));
    }

    @Override
    public SessionCensus census() throws IOException, InterruptedException {
        try {
            return TableReader.sessionCensus(bytes(get("/sessions", ANSWER)));
        } catch (WireException e) {
            throw new IOException("the answer is no census: " + e.getMessage(), e);
        }
    }

    private HttpResponse<Buffer> get(String path, Duration most) throws IOException, InterruptedException {
        return questions.ask(client.request(HttpMethod.GET, socket, "localhost", path), most);
    }

    private static Answer answer(HttpResponse<Buffer> got) throws IOException {
        try {
            return new Answer(got.statusCode(), TableReader.ack(bytes(got)));
        } catch (WireException e) {
            throw new IOException("the answer is no ack: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(HttpResponse<Buffer> response) {
        Buffer body = response.body();
        return body == null ? new byte[0] : body.getBytes();
    }

    @Override
    public void close() {
        client.close();
    }
}
