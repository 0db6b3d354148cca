package dev.moorgate.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.operator.publish.Rollout.Refusal;
import dev.moorgate.operator.publish.Rollout.Replica;
import dev.moorgate.operator.publish.SessionSurvey.CensusSource;
import dev.moorgate.operator.release.ReleaseKeys;
import dev.moorgate.operator.release.TestKeys;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.ReplicaState;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The leader hears at once what the other replicas run, and only from them (fault I20). */
class ReplicaTest {
    private static final SourceRef CART = SourceRef.of("HTTPRoute", "shop", "cart");
    private static final TableVersion VERSION = new TableVersion("0000019ac2e1a400", 3, 0);

    private final Vertx vertx = Vertx.vertx();
    private final ReleaseKeys keys = TestKeys.fresh();
    private final AtomicReference<Rollout> theirs = new AtomicReference<>(rollout("d1", "c1"));
    private final AtomicReference<SessionCensus> sessions = new AtomicReference<>(SessionCensus.NONE);
    private ReplicaServer server;
    private int port;

    private static Rollout rollout(String digest, String cart) {
        return new Rollout(true, Optional.of(VERSION), digest, Optional.empty(), Map.of(CART, cart), List.of());
    }

    private ReplicaIdentity identity(String pod) {
        return keys.identity(pod, Instant.now());
    }

    private SessionCensus census() throws IOException {
        SessionCensus known = sessions.get();
        if (known.equals(SessionCensus.NONE)) {
            throw new IOException("the data plane is away");
        }
        return known;
    }

    @BeforeEach
    void start() throws Exception {
        server = new ReplicaServer(vertx, "moorgate-1", theirs::get, this::census);
        HttpServer listening = server.listen(identity("moorgate-1"), "127.0.0.1", 0)
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        port = listening.actualPort();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static List<ReplicaAddress> pod(String name, boolean ready) {
        return List.of(new ReplicaAddress(name, "127.0.0.1", ready));
    }

    @Test
    void objectHasSpreadOnceEveryReadyReplicaHasTheSameOfIt() {
        Rollout ours = rollout("d2", "c2");
        try (var follower = new ReplicaFollower(vertx, identity("moorgate-0"), port)) {
            follower.follow(pod("moorgate-1", true));
            assertThat(ours.with(follower.replicas()).spread(CART)).isEqualTo(new Rollout.Spread(1, 2, "c2"));
            await(() -> follower.replicas().getFirst().known());
            assertThat(ours.with(follower.replicas()).spread(CART).isComplete()).isFalse();

            theirs.set(rollout("d3", "c2"));
            server.changed();
            await(() -> ours.with(follower.replicas()).spread(CART).isComplete());

            assertThat(ours.with(follower.replicas()).spread().isComplete()).isFalse();
            theirs.set(rollout("d2", "c2"));
            server.changed();
            await(() -> ours.with(follower.replicas()).spread().isComplete());
        }
    }

    private static Rollout rollout(int version, Map<SourceRef, String> sources) {
        return new Rollout(true, Optional.of(VERSION), "d" + version, Optional.empty(), sources, List.of());
    }

    private static SourceRef route(int number) {
        return SourceRef.of("HTTPRoute", "shop", "r" + number);
    }

    @Test
    void leaderKeepsUpWithWhatChangesAndGoes() {
        Map<SourceRef, String> sources = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            sources.put(route(i), "first");
        }
        theirs.set(rollout(0, sources));
        server.changed();
        try (var follower = new ReplicaFollower(vertx, identity("moorgate-0"), port)) {
            follower.follow(pod("moorgate-1", true));
            for (int i = 1; i <= 20; i++) {
                sources.remove(route(i));
                sources.put(route(i + 50), "changed " + i);
                Rollout now = rollout(i, sources);
                theirs.set(now);
                server.changed();
                // more of them than the server remembers come between two answers now and then
                if (i % 6 != 5) {
                    await(() -> follower.replicas().getFirst().digest().equals(now.digest()));
                    assertThat(follower.replicas().getFirst().sources()).isEqualTo(sources);
                }
            }
        }
    }

    @Test
    void onlyWhatChangedTravels() throws Exception {
        Map<SourceRef, String> sources = new HashMap<>();
        for (int i = 0; i < 1000; i++) {
            sources.put(route(i), "first");
        }
        theirs.set(rollout(1, sources));
        WebClient client = WebClient.create(
                vertx,
                new WebClientOptions()
                        .setSsl(true)
                        .setKeyCertOptions(identity("moorgate-0").shown())
                        .setTrustOptions(identity("moorgate-0").believed()));
        HttpResponse<Buffer> whole = get(client, "");
        sources.put(route(7), "second");
        sources.remove(route(8));
        theirs.set(rollout(2, sources));

        HttpResponse<Buffer> change = get(client, whole.getHeader("etag"));
        ReplicaState state = TableReader.replicaState(change.body().getBytes());
        assertThat(state.sources()).containsExactly(new ReplicaState.SourceDigest(route(7), "second"));
        assertThat(state.since()).contains(new ReplicaState.Since(whole.getHeader("etag"), List.of(route(8))));
        assertThat(TableReader.replicaState(get(client, "0123").body().getBytes())
                        .sources())
                .as("of an answer that nobody gave, everything")
                .hasSize(999);
        theirs.set(new Rollout(true, Optional.of(VERSION.nextEndpoints()), "d2", Optional.empty(), sources, List.of()));
        assertThat(get(client, "").getHeader("etag"))
                .as("endpoints are no news")
                .isEqualTo(change.getHeader("etag"));
    }

    private HttpResponse<Buffer> get(WebClient client, String since) throws Exception {
        return client.request(
                        HttpMethod.GET,
                        SocketAddress.inetSocketAddress(port, "127.0.0.1"),
                        port,
                        "moorgate-1",
                        "/replica?since=" + since)
                .send()
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    @Test
    void readyReplicasTellTheLeaderOfTheirSessionsAndOneWithoutADataPlaneSaysSo() throws Exception {
        var seen = new SessionCensus(
                List.of(new SessionCensus.Sessions("p", 0, List.of(new SessionCensus.Outcome("new", 1)), List.of())));
        try (var follower = new ReplicaFollower(vertx, identity("moorgate-0"), port)) {
            follower.follow(pod("moorgate-1", true));
            CensusSource other = follower.sessions().getFirst();
            assertThatThrownBy(other::census).isInstanceOf(IOException.class).hasMessageContaining("503");

            sessions.set(seen);
            assertThat(other.census()).isEqualTo(seen);

            follower.follow(pod("moorgate-1", false));
            assertThat(follower.sessions()).isEmpty();
        }
    }

    @Test
    void replicaThatIsNotReadyDoesNotCount() {
        Rollout ours = rollout("d2", "c2");
        try (var follower = new ReplicaFollower(vertx, identity("moorgate-0"), port)) {
            follower.follow(pod("moorgate-1", true));
            await(() -> follower.replicas().getFirst().known());
            follower.follow(pod("moorgate-1", false));

            assertThat(ours.with(follower.replicas()).spread()).isEqualTo(new Rollout.Spread(1, 1, "d2"));
            follower.follow(List.of());
            assertThat(follower.replicas()).isEmpty();
        }
    }

    @Test
    void refusalOfAReplicaIsHeard() {
        var refusal = new Refusal(VERSION.nextTable(), "listeners[0]", "port 8080 is in use");
        theirs.set(new Rollout(true, Optional.of(VERSION), "d1", Optional.of(refusal), Map.of(), List.of()));
        server.changed();
        try (var follower = new ReplicaFollower(vertx, identity("moorgate-0"), port)) {
            follower.follow(pod("moorgate-1", true));

            await(() -> follower.replicas().getFirst().refusal().equals(Optional.of(refusal)));
        }
    }

    @Test
    void replicaUnderAnotherNameIsNotBelieved() {
        try (var follower = new ReplicaFollower(vertx, identity("moorgate-0"), port)) {
            follower.follow(List.of(
                    new ReplicaAddress("moorgate-1", "127.0.0.1", true),
                    new ReplicaAddress("moorgate-2", "127.0.0.1", true)));
            await(() -> follower.replicas().getFirst().known());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));

            assertThat(follower.replicas()).extracting(Replica::known).containsExactly(true, false);
        }
    }

    @Test
    void strangerGetsNoAnswer() throws Exception {
        var trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
        try (Socket socket = trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            assertThatThrownBy(() -> {
                        ((SSLSocket) socket).startHandshake();
                        socket.getOutputStream()
                                .write("GET /replica HTTP/1.1\r\nHost: x\r\n\r\n"
                                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                        if (socket.getInputStream().read() < 0) {
                            throw new IOException("closed");
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        ReplicaIdentity stranger = TestKeys.fresh().identity("moorgate-0", Instant.now());
        var mixed = new ReplicaIdentity(
                stranger.name(), identity("moorgate-0").authority(), stranger.certificate(), stranger.key());
        try (var follower = new ReplicaFollower(vertx, mixed, port)) {
            follower.follow(pod("moorgate-1", true));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));

            assertThat(follower.replicas().getFirst().known()).isFalse();
        }
    }

    /** Believes everyone: it is the server that must not. */
    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
