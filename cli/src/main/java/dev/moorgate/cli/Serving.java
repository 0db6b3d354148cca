package dev.moorgate.cli;

import dev.moorgate.cli.manifest.ManifestSource;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.ProxySettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One run of {@code moorgate serve}: checks what the command line says, then serves, or only checks the manifests. */
final class Serving {
    private final ServeOptions options;
    private final PrintWriter out;
    private final PrintWriter err;

    Serving(ServeOptions options, PrintWriter out, PrintWriter err) {
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /** A value on the command line that cannot be meant; the message is one line for the user. */
    static final class Mistake extends Exception {
        private static final long serialVersionUID = 1;

        Mistake(String message) {
            super(message);
        }
    }

    /** Returns the exit code: 0 done, 1 failed, 3 when the drain's time ran out. */
    int run() throws Mistake, IOException, InterruptedException {
        var source = new ManifestSource(options.sources);
        var compiler = new ManifestCompiler(ports(), InstantSource.system());
        if (options.check) {
            return check(source, compiler);
        }
        try (var server = new StandaloneServer(settings(), source, compiler, out, err)) {
            return server.run();
        } catch (StandaloneServer.StartFailure failure) {
            err.println("moorgate: " + failure.getMessage());
            err.flush();
            return 1;
        }
    }

    private int check(ManifestSource source, ManifestCompiler compiler) throws IOException {
        ManifestSource.Reading reading = source.read();
        KeyRing keys = KeyFile.transientRing();
        Compilation compilation = compiler.compile(reading, keys);
        StatusReport report = compilation.report();
        out.print(CheckReport.conditions(report));
        var problems = new ArrayList<String>();
        reading.problems().forEach(problem -> problems.add("error: " + problem));
        problems.addAll(Summary.problems(report));
        reading.notes().forEach(note -> out.println("note: " + note));
        problems.forEach(out::println);
        long errors =
                problems.stream().filter(line -> line.startsWith("error: ")).count();
        if (options.statusDir != null) {
            new StatusFiles(options.statusDir).write(report);
        }
        out.println(reading.objects().size() + " objects, " + errors + (errors == 1 ? " error" : " errors"));
        out.flush();
        return errors == 0 ? 0 : 1;
    }

    private LoopbackPorts ports() throws Mistake {
        if (options.portOffset < 0 || options.portOffset > 65535) {
            throw new Mistake("--port-offset must be 0 to 65535");
        }
        boolean linux =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");
        return new LoopbackPorts(options.bind, options.portOffset, linux);
    }

    private StandaloneSettings settings() throws Mistake {
        Path keys = options.keys == null ? KeyFile.standard() : options.keys;
        return new StandaloneSettings(
                admin(),
                keys,
                accessLog(),
                options.accessLogFile,
                options.statusDir,
                options.demo,
                options.threads,
                duration("--drain", options.drain),
                duration("--lame-duck", options.lameDuck));
    }

    private StandaloneSettings.@Nullable AdminAddress admin() throws Mistake {
        if (options.admin.equals("off")) {
            return null;
        }
        int colon = options.admin.lastIndexOf(':');
        try {
            String host = options.admin.substring(0, colon).replaceAll("^\\[|\\]$", "");
            int port = Integer.parseInt(options.admin.substring(colon + 1));
            if (host.isEmpty() || port < 0 || port > 65535) {
                throw new IllegalArgumentException("empty host, or port out of range");
            }
            return new StandaloneSettings.AdminAddress(host, port);
        } catch (RuntimeException e) {
            throw new Mistake("--admin must be HOST:PORT or off, not " + options.admin);
        }
    }

    private Optional<ProxySettings.AccessLog> accessLog() throws Mistake {
        String format = options.accessLog;
        if (format == null) {
            return Optional.empty();
        }
        return Optional.of(
                switch (format) {
                    case "json" -> ProxySettings.AccessLog.JSON;
                    case "combined" -> ProxySettings.AccessLog.COMBINED;
                    case "off" -> ProxySettings.AccessLog.OFF;
                    default -> throw new Mistake("--access-log must be json, combined or off, not " + format);
                });
    }

    private Duration duration(String option, String text) throws Mistake {
        return switch (GatewayDuration.parse(text)) {
            case GatewayDuration.Valid valid -> valid.value();
            case GatewayDuration.Invalid invalid -> throw new Mistake(option + ": " + invalid.sentence());
        };
    }
}
