package dev.moorgate.operator.publish;

import dev.moorgate.operator.publish.Rollout.Refusal;
import dev.moorgate.operator.publish.Rollout.Replica;
import dev.moorgate.operator.publish.SessionSurvey.CensusSource;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.ReplicaState;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.WireException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's eyes: asks the other replicas of the release what they run, each by a question that is held until there is news.
 * A replica is believed only under the name of its pod. Any thread.
 */
public final class ReplicaFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFollower.class);
    private static final Duration HOLD = Duration.ofSeconds(25);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration MOST_PAUSE = Duration.ofSeconds(2);
    private static final int CONNECT_MILLIS = 2_000;

    private final WebClient client;
    private final Questions questions;
    private final int port;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Map<String, Followed> followed = new HashMap<>();
    private volatile List<Replica> replicas = List.of();

    /** {@code port} of every replica's {@link ReplicaServer}. */
    public ReplicaFollower(Vertx vertx, ReplicaIdentity identity, int port) {
        this.port = port;
        questions = new Questions(vertx);
        client = WebClient.create(
                vertx,
                new WebClientOptions()
                        .setUserAgentEnabled(false)
                        .setFollowRedirects(false)
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setSsl(true)
                        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                        .setKeyCertOptions(identity.shown())
                        .setTrustOptions(identity.believed())
                        .setVerifyHost(true));
    }

    /** Follows these and no others: every other pod of the release while we lead, none while we do not. */
    public void follow(List<ReplicaAddress> wanted) {
        synchronized (this) {
            Map<String, ReplicaAddress> byName = new HashMap<>();
            wanted.forEach(address -> byName.put(address.name(), address));
            followed.values().removeIf(one -> {
                ReplicaAddress address = byName.get(one.name);
                boolean gone = address == null || !address.address().equals(one.address);
                if (gone) {
                    one.thread.interrupt();
                }
                return gone;
            });
            for (ReplicaAddress address : byName.values()) {
                Followed one = followed.get(address.name());
                if (one == null) {
                    one = new Followed(address);
                    followed.put(address.name(), one);
                    one.thread.start();
                } else {
                    one.state = ready(one.state, address.ready());
                }
            }
        }
        tell();
    }

    /** What they run, sorted by name. */
    public List<Replica> replicas() {
        return replicas;
    }

    /** Where the ready ones among them tell of their sessions. */
    public List<CensusSource> sessions() {
        synchronized (this) {
            return followed.values().stream()
                    .filter(one -> one.state.ready())
                    .<CensusSource>map(one -> one::census)
                    .toList();
        }
    }

    /** Called after every change of {@link #replicas}; must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    private void tell() {
        synchronized (this) {
            List<Replica> now = new TreeMap<>(followed)
                    .values().stream().map(one -> one.state).toList();
            if (now.equals(replicas)) {
                return;
            }
            replicas = now;
        }
        listeners.forEach(Runnable::run);
    }

    private static Replica ready(Replica state, boolean ready) {
        return new Replica(state.name(), ready, state.known(), state.digest(), state.refusal(), state.sources());
    }

    /** One of them. */
    private final class Followed {
        private final String name;
        private final String address;
        private final Thread thread;
        private volatile Replica state;

        Followed(ReplicaAddress target) {
            name = target.name();
            address = target.address();
            state = Replica.silent(name, target.ready());
            thread = Thread.ofVirtual().name("moorgate-follow-" + name).unstarted(this::run);
        }

        private void run() {
            var pauses = new BackOff(FIRST_PAUSE, MOST_PAUSE, RandomGenerator.getDefault());
            String known = "";
            try {
                while (true) {
                    try {
                        known = ask(known);
                        pauses.reset();
                    } catch (IOException | WireException e) {
                        LOG.debug("Replica {} does not tell: {}", name, e.toString());
                        known = "";
                        is(Replica.silent(name, state.ready()));
                        Thread.sleep(pauses.pause());
                    }
                }
            } catch (InterruptedException unfollowed) {
                Thread.currentThread().interrupt();
            }
        }

        private HttpResponse<Buffer> get(String path, Duration most) throws IOException, InterruptedException {
            return questions.ask(
                    client.request(HttpMethod.GET, SocketAddress.inetSocketAddress(port, address), port, name, path),
                    most);
        }

        private SessionCensus census() throws IOException, WireException, InterruptedException {
            HttpResponse<Buffer> answer = get("/sessions", ANSWER);
            Buffer body = answer.body();
            if (answer.statusCode() != 200 || body == null) {
                throw new IOException(name + " answers " + answer.statusCode());
            }
            return TableReader.sessionCensus(body.getBytes());
        }

        private String ask(String known) throws IOException, WireException, InterruptedException {
            HttpResponse<Buffer> answer =
                    get("/replica?known=" + known + "&since=" + known + "&hold=" + HOLD.toMillis(), HOLD.plus(ANSWER));
            Buffer body = answer.body();
            if (answer.statusCode() == 200 && body != null) {
                is(replica(TableReader.replicaState(body.getBytes()), known, state));
            } else if (answer.statusCode() != 304) {
                throw new IOException("status " + answer.statusCode());
            }
            String etag = answer.getHeader("etag");
            return etag == null ? "" : etag;
        }

        private void is(Replica now) {
            synchronized (ReplicaFollower.this) {
                state = ready(now, state.ready());
            }
            tell();
        }
    }

    /** {@code before} is what the answer with the ETag {@code known} said. */
    private static Replica replica(ReplicaState state, String known, Replica before) throws WireException {
        Map<SourceRef, String> sources = new HashMap<>();
        if (state.since().isPresent()) {
            if (!state.since().get().etag().equals(known)) {
                throw new WireException("since.etag", "is not what was asked for");
            }
            sources.putAll(before.sources());
            state.since().get().removed().forEach(sources::remove);
        }
        state.sources().forEach(source -> sources.put(source.object(), source.digest()));
        Optional<Refusal> refusal = state.refusal()
                .flatMap(ack -> ack.outcome() instanceof Outcome.Refused(String path, String reason)
                        ? Optional.of(new Refusal(ack.version(), path, reason))
                        : Optional.empty());
        return new Replica(state.replica(), before.ready(), true, state.digest(), refusal, sources);
    }

    @Override
    public void close() {
        follow(List.of());
        client.close();
    }
}
