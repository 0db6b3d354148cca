package dev.moorgate.operator.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.expose.ExposedPorts;
import dev.moorgate.operator.outage.ApiClient;
import dev.moorgate.operator.outage.ApiPulse;
import dev.moorgate.operator.pace.WalkPace;
import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.operator.watch.MemoryApi.Mood;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fault I4: the API server is away, slow, overloaded or forgetful: no route is lost, it is not asked without end, and what was missed is made up for. */
class OutageTest {
    /** Ten seconds, and a slow machine: pauses without a bound would be of minutes, and the next resync is in ten. */
    private static final Duration RECOVERY = Duration.ofSeconds(20);

    private MemoryApi api;
    private KubernetesClient client;
    private ReconcileLoop loop;
    private ClusterWatch watch;
    private TablePublisher publisher;
    private final MemoryDataPlane dataPlane = new MemoryDataPlane();
    private int routes;

    @BeforeEach
    void runs() throws Exception {
        api = new MemoryApi();
        api.put("dataplanes", new JsonObject("""
                {"apiVersion": "moorgate.dev/v1alpha1", "kind": "DataPlane", "spec": {},
                 "metadata": {"name": "moorgate", "namespace": "release", "generation": 1}}"""));
        api.put("ingressclasses", new JsonObject("""
                {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "ours"},
                 "spec": {"controller": "moorgate.dev/ingress-controller"}}"""));
        api.put("services", new JsonObject("""
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "app", "namespace": "shop"},
                 "spec": {"ports": [{"port": 80}]}}"""));
    }

    private void start() {
        WalkPace pace = new WalkPace(System::nanoTime);
        ApiPulse pulse = new ApiPulse(System::nanoTime);
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(api.url())
                .withNamespace("release")
                .build();
        client = ApiClient.open(config, new Interceptor() {}, pulse);
        loop = new ReconcileLoop(client, TestCluster.SCOPE, Metrics.NOOP, pace);
        Changes changes = new Changes(loop::wake, pace, WalkMetrics.NONE);
        watch = new ClusterWatch(client, TestCluster.SCOPE, changes);
        publisher = new TablePublisher(dataPlane, System::currentTimeMillis);
        watch.start();
        loop.start(new ReleaseWalk(
                watch,
                changes,
                TestCluster.inputs(),
                publisher,
                new Silent(),
                WalkMetrics.NONE,
                pulse,
                new AddressProbe((address, port) -> true, () -> changes.mark(Changes.Mark.OBJECTS))));
    }

    @AfterEach
    void ends() {
        stop();
        api.close();
    }

    private void stop() {
        publisher.close();
        watch.close();
        loop.close();
        client.close();
    }

    @Test
    void watchesThatAreCutAgainAndAgainMissNothingAndNothingIsListedAgain() {
        start();
        serveAnother();
        // the route may have come with the list, and the watch be still under way
        TestCluster.await("the first watch", () -> api.opened("ingresses") == 1);
        for (int cuts = 0; cuts < 6; cuts++) {
            int before = api.opened("ingresses");
            api.cut();
            // what happens while nobody watches is in the next watch
            serveAnother();
            TestCluster.await("a new watch", () -> api.opened("ingresses") > before);
        }

        assertThat(api.lists("ingresses")).isEqualTo(1);
        assertThat(api.lists("services")).isEqualTo(1);
        assertThat(api.opened("ingresses")).isEqualTo(1 + 6);
    }

    @Test
    void afterALongOutageTheNextChangeIsServedSoonAndNoRouteWasLost() {
        start();
        serveAnother();
        int asked = api.asked("ingresses");
        api.turn(Mood.AWAY);
        // long enough for every pause between attempts to have become its longest
        TestCluster.await("many attempts in vain", () -> api.asked("ingresses") - asked > 14);
        assertThat(served()).isEqualTo(routes);

        api.turn(Mood.WELL);
        long back = System.nanoTime();
        serveAnother();

        assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(RECOVERY);
    }

    @Test
    void whereEveryWatchIsAnsweredByGoneListsAreFiveSecondsApartAndNewsComeWithThem() {
        start();
        serveAnother();
        api.turn(Mood.FORGETFUL);
        int lists = api.lists("ingresses");
        long start = System.nanoTime();
        for (int i = 0; i < 3; i++) {
            serveAnother();
        }
        long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
        assertThat(api.lists("ingresses") - lists).isBetween(2, (int) (seconds / 5) + 2);

        api.turn(Mood.WELL);
        long back = System.nanoTime();
        serveAnother();
        assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(RECOVERY);
    }

    @Test
    void anOverloadedApiServerIsAskedLessAndLessAndServedAfterwards() {
        start();
        serveAnother();
        int asked = api.asked("ingresses");
        api.turn(Mood.BUSY);
        long start = System.nanoTime();
        TestCluster.await("some attempts", () -> api.asked("ingresses") - asked >= 8);
        // a quarter of a second, then 100 ms and twice as long each time
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(4));
        assertThat(served()).isEqualTo(routes);

        api.turn(Mood.WELL);
        long back = System.nanoTime();
        serveAnother();
        assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(RECOVERY);
    }

    @Test
    void aSlowApiServerIsWaitedForAtTheStartAndLater() {
        api.turn(Mood.SLOW);
        put();
        start();
        TestCluster.await("the first route", () -> served() == routes);
        serveAnother();
        api.cut();
        serveAnother();

        assertThat(api.lists("ingresses")).isEqualTo(1);
    }

    /** Fault I19: there is no finalizer to wait for us. */
    @Test
    void whatWasDeletedWhileTheOperatorWasAwayIsGoneWhenItIsBack() {
        start();
        serveAnother();
        serveAnother();
        stop();
        delete();

        start();
        TestCluster.await("one route", () -> served() == routes);

        assertThat(api.writes()).as("of the loop itself").isEmpty();
    }

    /** Fault I19: nobody tells of the deletion any more, and it is seen by the next list. */
    @Test
    void whatWasDeletedWhileNoWatchWasOpenAndIsForgottenIsGoneWithTheNextList() {
        start();
        serveAnother();
        serveAnother();
        int lists = api.lists("ingresses");
        api.turn(Mood.AWAY);
        delete();
        api.forget();
        assertThat(served()).isGreaterThan(routes);

        api.turn(Mood.WELL);
        TestCluster.await("one route", () -> served() == routes);

        assertThat(api.lists("ingresses")).isGreaterThan(lists);
    }

    private void delete() {
        api.remove("ingresses", "shop", "app" + routes);
        routes--;
    }

    private void put() {
        routes++;
        api.put("ingresses", new JsonObject("""
                {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                 "metadata": {"name": "app%1$d", "namespace": "shop", "generation": 1},
                 "spec": {"ingressClassName": "ours", "rules": [{"host": "app%1$d.example", "http": {"paths": [
                   {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "app", "port": {"number": 80}}}}]}}]}}""".formatted(routes)));
    }

    private void serveAnother() {
        put();
        int wanted = routes;
        TestCluster.await("route " + wanted, () -> served() == wanted);
    }

    private long served() {
        return dataPlane.installed().isEmpty()
                ? 0
                : dataPlane.installed().getLast().table().listeners().stream()
                        .flatMap(listener -> listener.virtualHosts().stream())
                        .mapToLong(host -> host.routes().size())
                        .sum();
    }

    private static final class Silent implements Writers {
        @Override
        public void compiled(Compilation compilation, ExposedPorts ports) {}

        @Override
        public void rolled(Compilation compilation, Rollout rollout, List<ReplicaAddress> replicas) {}
    }
}
