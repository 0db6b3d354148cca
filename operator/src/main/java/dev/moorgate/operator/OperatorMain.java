package dev.moorgate.operator;

import dev.moorgate.operator.observe.OperatorMetrics;
import dev.moorgate.operator.outage.ApiClient;
import dev.moorgate.operator.outage.ApiPulse;
import dev.moorgate.operator.publish.SidecarSocket;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator as a process of its own, beside a data plane in the same pod. {@link OperatorSettings} says what it is told by its
 * environment; how it reaches the API server it finds as kubectl does, or from the pod's service account.
 */
public final class OperatorMain {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorMain.class);
    private static final int MISUSED = 2;
    private static final Duration LONGEST_DRAIN = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private OperatorMain() {}

    public static void main(String... arguments) throws InterruptedException {
        OperatorSettings settings;
        try {
            settings = OperatorSettings.of(System.getenv());
        } catch (IllegalArgumentException e) {
            LOG.error("{}", e.getMessage());
            System.exit(MISUSED);
            return;
        }
        OperatorMetrics metrics = new OperatorMetrics();
        ApiPulse pulse = new ApiPulse(System::nanoTime);
        KubernetesClient client = ApiClient.open(Config.autoConfigure(null), metrics.requests(), pulse);
        CountDownLatch stopped = new CountDownLatch(1);
        Vertx vertx = Vertx.vertx();
        SidecarSocket dataPlane = new SidecarSocket(vertx, settings.controlSocket());
        try {
            OperatorProcess process = OperatorProcess.start(settings, client, vertx, dataPlane, metrics, pulse);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                linger(process);
                process.close();
                client.close();
                stopped.countDown();
            }));
        } catch (IOException e) {
            LOG.error("cannot start: {}", e.getMessage());
            System.exit(1);
        }
        stopped.await();
    }

    /** While the data plane drains, endpoints still change: it must not be left alone before it has ended. */
    private static void linger(OperatorProcess process) {
        process.resign();
        long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
        try {
            while (process.isConnected() && System.nanoTime() < end) {
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
