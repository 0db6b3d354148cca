package dev.moorgate.dataplane;

import dev.moorgate.dataplane.control.ControlMetrics;
import dev.moorgate.dataplane.control.ControlServer;
import dev.moorgate.dataplane.control.LastGood;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.dataplane.observe.AccessLog;
import dev.moorgate.routetable.wire.Push;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data plane as a process of its own, the sidecar of an operator. The environment tells it: {@code MOORGATE_CONTROL_SOCKET}
 * (path, required), {@code MOORGATE_LAST_GOOD} (directory) and {@code MOORGATE_OWNER}, {@code MOORGATE_HEALTH} and
 * {@code MOORGATE_ADMIN} (HOST:PORT), {@code MOORGATE_ACCESS_LOG} (file), {@code MOORGATE_SPILL} (directory) and {@code
 * MOORGATE_SPILL_BYTES}, {@code MOORGATE_EVENT_LOOPS}, {@code MOORGATE_TRANSPORT}, {@code MOORGATE_ZONE} (that it runs in), and as seconds or {@code 1m30s} {@code
 * MOORGATE_LAME_DUCK} (accepting goes on at least so long after the signal to stop) and {@code MOORGATE_DRAIN} (then open
 * requests have so long to end).
 */
public final class DataPlaneMain {
    private static final Logger LOG = LoggerFactory.getLogger(DataPlaneMain.class);
    private static final Duration LAME_DUCK = Duration.ofSeconds(15);
    private static final Duration DRAIN = Duration.ofSeconds(30);
    private static final Pattern SPAN = Pattern.compile("(?:([0-9]{1,4})m)?(?:([0-9]{1,6})s?)?");
    private static final int FAILED = 1;
    private static final int CUT = 3;

    private DataPlaneMain() {}

    public static void main(String[] args) throws InterruptedException {
        System.exit(run(System.getenv()));
    }

    private static int run(Map<String, String> environment) throws InterruptedException {
        try {
            return run(
                    environment,
                    span(environment, "MOORGATE_LAME_DUCK", LAME_DUCK),
                    span(environment, "MOORGATE_DRAIN", DRAIN));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("cannot start: {}", e.getMessage());
            return FAILED;
        } catch (RuntimeException e) {
            // Out of main it would leave the event loops, and with them the process.
            LOG.error("ended by an error", e);
            return CUT;
        }
    }

    private static int run(Map<String, String> environment, Duration lameDuck, Duration drain)
            throws IOException, InterruptedException {
        try (DataPlane dataPlane = DataPlane.start(settings(environment))) {
            control(dataPlane, environment);
            var stop = new CountDownLatch(1);
            StopSignals.handle(stop::countDown, dataPlane::stop);
            LOG.info("started: sockets={}", dataPlane.boundPorts());
            stop.await();
            LOG.info("draining: connections={}", dataPlane.connections());
            DrainResult drained = dataPlane.drain(lameDuck, lameDuck.plus(drain));
            LOG.info("stopped: cut={}", drained.cut());
            return drained.exitCode();
        }
    }

    /** {@code 15}, {@code 15s} or {@code 1m30s}; 0 is allowed. */
    static Duration span(Map<String, String> environment, String name, Duration standard) {
        String text = environment.get(name);
        if (text == null || text.isBlank()) {
            return standard;
        }
        Matcher parts = SPAN.matcher(text.strip());
        if (!parts.matches()) {
            throw new IllegalArgumentException(name + " must be seconds or a duration such as 1m30s, not " + text);
        }
        return Duration.ofMinutes(number(parts.group(1))).plusSeconds(number(parts.group(2)));
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    /**
     * Serves the last good table, where there is one, until the operator pushes another. Whichever is the first leaves more behind than
     * it needs, and later collections look at the young objects alone: all is collected once, before there is much to serve.
     */
    private static void control(DataPlane dataPlane, Map<String, String> environment) throws IOException {
        String socket = environment.get("MOORGATE_CONTROL_SOCKET");
        if (socket == null) {
            throw new IllegalArgumentException("MOORGATE_CONTROL_SOCKET is not set");
        }
        var sink = new PushSink(dataPlane.live());
        Optional<LastGood> store = Optional.ofNullable(environment.get("MOORGATE_LAST_GOOD"))
                .map(folder -> new LastGood(Path.of(folder), environment.getOrDefault("MOORGATE_OWNER", "")));
        Optional<Push> installed = store.flatMap(kept -> restored(dataPlane, kept));
        var metrics = new ControlMetrics(System::nanoTime);
        dataPlane.metrics().include(metrics);
        var server = new ControlServer(dataPlane.vertx(), sink, store, installed, metrics).telling(dataPlane::census);
        if (installed.isPresent()) {
            System.gc();
        } else {
            server.afterFirst(System::gc);
        }
        PrivateServers.await("control socket " + socket, server.listen(SocketAddress.domainSocketAddress(socket)));
    }

    private static Optional<Push> restored(DataPlane dataPlane, LastGood store) {
        LastGood.Found found = store.load();
        found.problems().forEach(problem -> LOG.warn("last good table: {}", problem));
        if (found.push().isEmpty()) {
            return Optional.empty();
        }
        Push push = found.push().get();
        InstallResult result = dataPlane.install(push.version().toString(), push.table(), push.endpoints());
        if (result instanceof InstallResult.Refused refused) {
            LOG.error("last good table is refused: version={} reason={}", push.version(), refused.reason());
            return Optional.empty();
        }
        return Optional.of(push);
    }

    private static DataPlaneSettings settings(Map<String, String> environment) {
        var settings = DataPlaneSettings.STANDARD
                .withZone(environment.getOrDefault("MOORGATE_ZONE", ""))
                .withEventLoops(Integer.parseInt(environment.getOrDefault("MOORGATE_EVENT_LOOPS", "0")))
                .withTransport(
                        DataPlaneSettings.Transport.valueOf(environment.getOrDefault("MOORGATE_TRANSPORT", "NATIVE")));
        DataPlaneSettings.Spill spill = DataPlaneSettings.Spill.STANDARD;
        settings = settings.withSpill(new DataPlaneSettings.Spill(
                Path.of(environment.getOrDefault(
                        "MOORGATE_SPILL", spill.folder().toString())),
                Long.parseLong(environment.getOrDefault("MOORGATE_SPILL_BYTES", Long.toString(spill.most())))));
        InetSocketAddress health = address(environment.get("MOORGATE_HEALTH"));
        InetSocketAddress admin = address(environment.get("MOORGATE_ADMIN"));
        String log = environment.get("MOORGATE_ACCESS_LOG");
        settings = health == null ? settings : settings.withHealth(health);
        settings = admin == null ? settings : settings.withAdmin(admin);
        return log == null ? settings : settings.withAccessLog(Path.of(log), AccessLog.Queries.OMITTED);
    }

    private static @Nullable InetSocketAddress address(@Nullable String text) {
        if (text == null) {
            return null;
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("not HOST:PORT: " + text);
        }
        return InetSocketAddress.createUnresolved(
                text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
