package dev.moorgate.operator.publish;

import dev.moorgate.operator.publish.SessionSurvey.CensusSource;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.ReplicaState;
import dev.moorgate.routetable.wire.ReplicaState.Since;
import dev.moorgate.routetable.wire.ReplicaState.SourceDigest;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the leader what this replica runs: {@code GET /replica}, in TLS 1.3, to whoever shows a certificate of the release's own
 * authority, and {@code GET /sessions} what its data plane knows of sticky sessions. With {@code ?known=ETAG&hold=MILLISECONDS} the answer
 * waits for news; 304 where there is none; with {@code since=ETAG} it tells only of objects that changed since that answer, where it is
 * remembered. Any thread.
 */
public final class ReplicaServer {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaServer.class);
    private static final long MOST_HELD_MILLIS = 30_000;
    private static final int IDLE_SECONDS = 60;
    private static final int REMEMBERED = 4;

    private final Vertx vertx;
    private final String replica;
    private final Supplier<Rollout> rollout;
    private final CensusSource sessions;
    private final Set<Held> waiting = ConcurrentHashMap.newKeySet();
    /** Sources by the ETag of the last answers that told them; guarded by this. */
    private final Map<String, Map<SourceRef, String>> remembered = new LinkedHashMap<>();

    private Shown shown;

    /** A state and its ETag. */
    private record Shown(Rollout rollout, String etag) {}

    /** A question whose answer waits. */
    private record Held(HttpServerRequest request, String known) {}

    /** {@code rollout} is what our own data plane runs, as {@link TablePublisher} tells; {@code sessions} what it knows of those. */
    public ReplicaServer(Vertx vertx, String replica, Supplier<Rollout> rollout, CensusSource sessions) {
        this.vertx = vertx;
        this.replica = replica;
        this.rollout = rollout;
        this.sessions = sessions;
        this.shown = show(rollout.get(), Optional.empty());
    }

    public Future<HttpServer> listen(ReplicaIdentity identity, String host, int port) {
        var options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(false)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setKeyCertOptions(identity.shown())
                .setTrustOptions(identity.believed())
                .setClientAuth(ClientAuth.REQUIRED)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        return vertx.createHttpServer(options)
                .exceptionHandler(refused -> LOG.debug("A replica's connection was refused: {}", refused.toString()))
                .connectionHandler(connection -> connection.exceptionHandler(
                        gone -> LOG.debug("A replica's connection broke: {}", gone.toString())))
                .requestHandler(this::handle)
                .listen(port, host);
    }

    /** To be called when the rollout may have changed. */
    public void changed() {
        Shown now = current();
        for (Held held : waiting) {
            if (!held.known().equals(now.etag())) {
                answer(held);
            }
        }
    }

    private synchronized Shown current() {
        Rollout now = rollout.get();
        if (!now.equals(shown.rollout())) {
            shown = show(now, Optional.of(shown));
        }
        return shown;
    }

    private Shown show(Rollout now, Optional<Shown> last) {
        String etag = etag(now);
        if (last.filter(before -> before.etag().equals(etag)).isEmpty()) {
            remembered.remove(etag);
            remembered.put(etag, now.sources());
            if (remembered.size() > REMEMBERED) {
                remembered.remove(remembered.keySet().iterator().next());
            }
        }
        return new Shown(now, etag);
    }

    /** Not of the endpoints, which no status speaks of. */
    private String etag(Rollout now) {
        var bare =
                new ReplicaState(replica, TableVersion.NONE, now.digest(), refusal(now), List.of(), Optional.empty());
        return Digest.of(bare) + "-" + now.sources().size();
    }

    private synchronized Optional<Map<SourceRef, String>> told(String etag) {
        return Optional.ofNullable(remembered.get(etag));
    }

    private Buffer document(Shown now, String since) {
        Map<SourceRef, String> sources = now.rollout().sources();
        Optional<Map<SourceRef, String>> before = told(since);
        Map<SourceRef, String> known = before.orElse(Map.of());
        List<SourceDigest> changed = sources.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(known.get(entry.getKey())))
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new SourceDigest(entry.getKey(), entry.getValue()))
                .toList();
        var state = new ReplicaState(
                replica,
                now.rollout().acked().orElse(TableVersion.NONE),
                now.rollout().digest(),
                refusal(now.rollout()),
                changed,
                before.map(old -> new Since(
                        since,
                        old.keySet().stream()
                                .filter(object -> !sources.containsKey(object))
                                .sorted()
                                .toList())));
        return Buffer.buffer(TableWriter.WIRE.write(state));
    }

    private static Optional<Ack> refusal(Rollout now) {
        return now.refusal().map(why -> Ack.refused(why.version(), now.digest(), why.path(), why.reason()));
    }

    private void handle(HttpServerRequest request) {
        boolean isState = request.path().equals("/replica");
        if (!isState && !request.path().equals("/sessions")) {
            request.response().setStatusCode(404).end();
        } else if (!request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("allow", "GET").setStatusCode(405).end();
        } else if (isState) {
            hold(request);
        } else {
            census(request.response());
        }
    }

    private void census(HttpServerResponse response) {
        vertx.executeBlocking(() -> TableWriter.WIRE.write(sessions.census()), false)
                .onSuccess(document -> {
                    if (!response.closed()) {
                        response.putHeader("content-type", "application/json")
                                .putHeader("cache-control", "no-store")
                                .end(Buffer.buffer(document));
                    }
                })
                .onFailure(e -> {
                    LOG.debug("Our data plane does not tell of sessions: {}", e.toString());
                    if (!response.closed()) {
                        response.setStatusCode(503).end();
                    }
                });
    }

    private void hold(HttpServerRequest request) {
        String known = request.getParam("known", "");
        long millis = Math.min(MOST_HELD_MILLIS, number(request.getParam("hold")));
        var held = new Held(request, known);
        waiting.add(held);
        if (millis <= 0 || !known.equals(current().etag())) {
            answer(held);
            return;
        }
        long timer = vertx.setTimer(millis, passed -> answer(held));
        request.response().closeHandler(gone -> {
            waiting.remove(held);
            vertx.cancelTimer(timer);
        });
        changed();
    }

    private void answer(Held held) {
        HttpServerRequest request = held.request();
        if (!waiting.remove(held) || request.response().closed()) {
            return;
        }
        Shown now = current();
        request.response().putHeader("etag", now.etag()).putHeader("cache-control", "no-store");
        if (now.etag().equals(held.known())) {
            request.response().setStatusCode(304).end();
        } else {
            request.response()
                    .putHeader("content-type", "application/json")
                    .end(document(now, request.getParam("since", "")));
        }
    }

    private static long number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
    }
}
