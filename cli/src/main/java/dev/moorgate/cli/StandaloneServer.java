package dev.moorgate.cli;

import dev.moorgate.cli.manifest.ManifestObject;
import dev.moorgate.cli.manifest.ManifestSource;
import dev.moorgate.cli.manifest.ManifestWatch;
import dev.moorgate.dataplane.DataPlane;
import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.DrainResult;
import dev.moorgate.dataplane.StopSignals;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.dataplane.observe.AccessLog;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operator's compiler and the data plane in one process: reads the manifests, serves what they declare, and follows their
 * changes until it is told to stop. Everything but the signals happens on the thread that calls {@link #run}.
 */
final class StandaloneServer implements AutoCloseable {
    private final StandaloneSettings settings;
    private final ManifestSource source;
    private final ManifestCompiler compiler;
    private final PrintWriter out;
    private final PrintWriter err;
    private final List<Runnable> closers = new ArrayList<>();

    private @Nullable StatusFiles statusFiles;
    private @Nullable RouteTable installed;
    private long versions;
    private List<String> keyProblems = List.of();
    private List<String> conditions = List.of();
    private List<String> refusals = List.of();
    private List<String> told = List.of();

    StandaloneServer(
            StandaloneSettings settings,
            ManifestSource source,
            ManifestCompiler compiler,
            PrintWriter out,
            PrintWriter err) {
        this.settings = settings;
        this.source = source;
        this.compiler = compiler;
        this.out = out;
        this.err = err;
    }

    /** The server could not start; the message is one line for the user. */
    static final class StartFailure extends Exception {
        private static final long serialVersionUID = 1;

        StartFailure(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Serves until a signal; 0 when every open request finished, 3 when the drain's time ran out. */
    int run() throws StartFailure, InterruptedException {
        KeyRing keys = keys();
        CompletableFuture<DataPlane> starting = CompletableFuture.supplyAsync(this::startDataPlane);
        ManifestSource.Reading reading = source.read();
        if (settings.demo()) {
            startDemo(reading);
        }
        DataPlane dataPlane = started(starting);
        statusFiles = openStatusFiles();
        String refused = apply(dataPlane, reading, keys);
        if (refused != null) {
            String hint = refused.endsWith("already in use") ? "; --port-offset moves all ports" : "";
            throw new StartFailure(refused + hint, null);
        }
        dataPlane
                .admin()
                .ifPresent(address -> out.println("  admin on http://" + address.getHostString() + ":"
                        + address.getPort() + "  (/healthz /readyz /metrics /table /upstreams /staples)"));
        try (ManifestWatch watch = watch()) {
            StopSignals.handle(watch::stop, dataPlane::stop);
            out.println("Ready. Changes of the manifests are served at once; Ctrl-C drains and ends.");
            out.flush();
            follow(dataPlane, watch, keys);
        } catch (IOException e) {
            throw new StartFailure("cannot watch the manifests: " + e.getMessage(), e);
        }
        return drain(dataPlane);
    }

    private KeyRing keys() throws StartFailure {
        try {
            return KeyFile.load(settings.keys());
        } catch (IOException e) {
            throw new StartFailure("session keys: " + e.getMessage(), e);
        }
    }

    private DataPlane started(CompletableFuture<DataPlane> starting) throws StartFailure {
        try {
            DataPlane dataPlane = starting.join();
            closers.add(dataPlane::close);
            return dataPlane;
        } catch (java.util.concurrent.CompletionException e) {
            Throwable cause = e.getCause() instanceof UncheckedIOException io ? io.getCause() : e.getCause();
            throw new StartFailure(String.valueOf((cause == null ? e : cause).getMessage()), e);
        }
    }

    private @Nullable StatusFiles openStatusFiles() throws StartFailure {
        Path folder = settings.statusDir();
        if (folder == null) {
            return null;
        }
        try {
            return new StatusFiles(folder);
        } catch (IOException e) {
            throw new StartFailure("--status-dir: cannot make " + folder + ": " + e.getMessage(), e);
        }
    }

    private void startDemo(ManifestSource.Reading reading) throws StartFailure {
        NavigableSet<Integer> ports = new TreeSet<>();
        for (ManifestObject object : reading.objects()) {
            if (object.object() instanceof EndpointSlice slice
                    && slice.getEndpoints().stream()
                            .anyMatch(endpoint -> endpoint.getAddresses().contains("127.0.0.1"))) {
                slice.getPorts().stream()
                        .map(EndpointPort::getPort)
                        .filter(Objects::nonNull)
                        .forEach(ports::add);
            }
        }
        try {
            closers.add(DemoBackends.start(ports)::close);
        } catch (IOException e) {
            throw new StartFailure(String.valueOf(e.getMessage()), e);
        }
    }

    /** Compiles and installs one reading, and prints what is wrong in it. Returns why a table was refused. */
    private @Nullable String apply(DataPlane dataPlane, ManifestSource.Reading reading, KeyRing keys) {
        RouteTable table = installed;
        if (table != null && reading.isOfEndpoints()) {
            EndpointTable endpoints = compiler.endpoints(reading, table);
            return refusal(dataPlane.installEndpoints(version(), endpoints));
        }
        Compilation compilation = compiler.compile(reading, keys);
        RouteTable next = asTold(compilation.table());
        String refused = refusal(dataPlane.install(version(), next, compilation.endpoints()));
        if (refused != null) {
            return refused;
        }
        if (table == null) {
            out.println("Moorgate serves:");
            out.print(Summary.of(compilation.table(), compilation.endpoints()));
        }
        installed = next;
        conditions = Summary.problems(compilation.report());
        writeStatus(compilation);
        tell(reading);
        return null;
    }

    private static @Nullable String refusal(InstallResult result) {
        return result instanceof InstallResult.Refused refused ? refused.reason() : null;
    }

    /** What the command line says of the access log wins over DataPlane. */
    private RouteTable asTold(RouteTable table) {
        ProxySettings proxy = table.settings();
        return settings.accessLog()
                .map(format -> new RouteTable(
                        new ProxySettings(
                                proxy.trustedProxies(),
                                format,
                                proxy.proxyStatus(),
                                proxy.limits(),
                                proxy.proxyProtocol(),
                                proxy.http2()),
                        table.listeners(),
                        table.upstreams(),
                        table.sessions(),
                        table.certificates(),
                        table.keyRings()))
                .orElse(table);
    }

    private String version() {
        return Long.toString(++versions);
    }

    private void writeStatus(Compilation compilation) {
        StatusFiles files = statusFiles;
        if (files != null) {
            try {
                files.write(compilation.report());
            } catch (IOException e) {
                err.println("error: --status-dir: " + e.getMessage());
            }
        }
    }

    /** Prints what became wrong and what was mended since the last time. */
    private void tell(ManifestSource.Reading reading) {
        var problems = new ArrayList<String>();
        reading.problems().forEach(problem -> problems.add("error: " + problem));
        problems.addAll(keyProblems);
        problems.addAll(conditions);
        problems.addAll(refusals);
        reading.notes().forEach(note -> problems.add("note: " + note));
        problems.stream().filter(line -> !told.contains(line)).forEach(out::println);
        told.stream().filter(line -> !problems.contains(line)).forEach(line -> out.println("mended: " + line));
        told = problems;
        out.flush();
    }

    private ManifestWatch watch() throws IOException {
        var watched = new ArrayList<>(source.roots());
        watched.add(settings.keys());
        return new ManifestWatch(watched);
    }

    private void follow(DataPlane dataPlane, ManifestWatch watch, KeyRing startKeys) throws InterruptedException {
        KeyRing keys = startKeys;
        ManifestSource.Reading reading;
        List<String> waiting = List.of();
        // The first reading is for what changed before the watch began.
        do {
            KeyRing newKeys = reread(keys);
            reading = source.read(watch.changes()).withKinds(waiting);
            if (!newKeys.equals(keys)) {
                reading = reading.withKinds(List.of("keys"));
            }
            keys = newKeys;
            // A table is refused for what may pass: a port that another process holds.
            waiting = change(dataPlane, reading, keys) ? List.of() : reading.changedKinds();
        } while (watch.await(until(reading, waiting)));
    }

    private static ManifestWatch.Until until(ManifestSource.Reading reading, List<String> waiting) {
        if (!reading.settled()) {
            return ManifestWatch.Until.SETTLED;
        }
        return waiting.isEmpty() ? ManifestWatch.Until.NEWS : ManifestWatch.Until.RETRY;
    }

    /** False where the change is not in force. */
    private boolean change(DataPlane dataPlane, ManifestSource.Reading reading, KeyRing keys) {
        if (reading.changedKinds().isEmpty()) {
            tell(reading);
            return true;
        }
        long start = System.nanoTime();
        String refused = apply(dataPlane, reading, keys);
        refusals = refused == null
                ? List.of()
                : List.of("error: the change is not served, the last good state goes on: " + refused);
        tell(reading);
        if (refused == null) {
            out.println("changed: " + String.join(", ", reading.changedKinds()) + " (live after "
                    + (System.nanoTime() - start) / 1_000_000 + " ms)");
            out.flush();
        }
        return refused == null;
    }

    private KeyRing reread(KeyRing keys) {
        try {
            KeyRing read = KeyFile.read(settings.keys());
            keyProblems = KeyFile.warnings(settings.keys());
            return read;
        } catch (IOException e) {
            keyProblems = List.of("error: session keys: " + e.getMessage() + "; the keys read before go on");
            return keys;
        }
    }

    private int drain(DataPlane dataPlane) {
        out.println("Draining: open requests may finish within "
                + settings.drain().toSeconds() + " s; a second signal ends at once.");
        out.flush();
        DrainResult drained = dataPlane.drain(settings.lameDuck(), settings.drain());
        if (drained.cut() > 0) {
            out.println("Stopped: " + drained.cut()
                    + (drained.cut() == 1 ? " connection was cut." : " connections were cut."));
            out.flush();
        }
        return drained.exitCode();
    }

    private DataPlane startDataPlane() {
        DataPlaneSettings asked =
                DataPlaneSettings.STANDARD.withEventLoops(settings.threads()).withLocalResponders();
        Path log = settings.accessLogFile();
        if (log != null) {
            asked = asked.withAccessLog(log, AccessLog.Queries.OMITTED);
        }
        StandaloneSettings.AdminAddress admin = settings.admin();
        if (admin != null) {
            var address = new InetSocketAddress(admin.host(), admin.port());
            asked = asked.withHealth(address).withAdmin(address);
        }
        try {
            return DataPlane.start(asked);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closers.reversed().forEach(Runnable::run);
    }
}
