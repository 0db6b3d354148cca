package dev.moorgate.operator.publish;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Asks a web client and waits for what it answers. All of it on one event loop: where a connection belongs to another loop than the
 * question, its end falls between their two turns now and then, and the client neither answers such a question nor lets it time out
 * (Vert.x 5.1.6). Any thread but that loop's may ask; it waits.
 */
final class Questions {
    /** By then the client has noticed by itself that its time is up. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Context loop;

    Questions(Vertx vertx) {
        loop = vertx.getOrCreateContext();
    }

    /**
     * @param most how long the client itself waits for the answer
     * @throws IOException where there is none, or not in time
     */
    HttpResponse<Buffer> ask(HttpRequest<Buffer> question, Duration most) throws IOException, InterruptedException {
        return ask(most, question.timeout(most.toMillis())::send);
    }

    /** The same with a body. */
    HttpResponse<Buffer> ask(HttpRequest<Buffer> question, byte[] body, Duration most)
            throws IOException, InterruptedException {
        question.timeout(most.toMillis());
        return ask(most, () -> question.sendBuffer(Buffer.buffer(body)));
    }

    private HttpResponse<Buffer> ask(Duration most, Supplier<Future<HttpResponse<Buffer>>> question)
            throws IOException, InterruptedException {
        Promise<HttpResponse<Buffer>> answer = Promise.promise();
        loop.runOnContext(_ -> {
            try {
                question.get().onComplete(answer);
            } catch (RuntimeException e) {
                answer.fail(e);
            }
        });
        try {
            return answer.future()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(most.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("no answer: " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new IOException("no answer in time", e);
        }
    }
}
