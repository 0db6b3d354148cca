package dev.moorgate.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line of {@code moorgate serve}. */
@SuppressWarnings("NullAway.Init")
final class ServeOptions {
    @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folders or files with Kubernetes manifests.")
    List<Path> sources = List.of();

    @Option(
            names = "--port-offset",
            paramLabel = "N",
            description = "Added to every declared port (default: ${DEFAULT-VALUE}).")
    int portOffset = 8000;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "Address of the listeners (default: ${DEFAULT-VALUE}).")
    String bind = "127.0.0.1";

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "Health, metrics and table; 'off' for none (default: ${DEFAULT-VALUE}).")
    String admin = "127.0.0.1:9901";

    @Option(names = "--keys", paramLabel = "FILE", description = "Keys of sticky sessions; made where absent.")
    @Nullable
    Path keys;

    @Option(
            names = "--access-log",
            paramLabel = "FORMAT",
            description = "json, combined or off (default: what DataPlane says, else json).")
    @Nullable
    String accessLog;

    @Option(names = "--access-log-file", paramLabel = "FILE", description = "Access log (default: standard output).")
    @Nullable
    Path accessLogFile;

    @Option(names = "--status-dir", paramLabel = "DIR", description = "Write each resource's status there as YAML.")
    @Nullable
    Path statusDir;

    @Option(names = "--check", description = "Compile, print every condition and end; 1 where there is an error.")
    boolean check;

    @Option(names = "--demo", description = "Start a small backend at each loopback endpoint of the manifests.")
    boolean demo;

    @Option(names = "--threads", paramLabel = "N", description = "Event loops (default: the processors, at most 8).")
    int threads;

    @Option(
            names = "--drain",
            paramLabel = "DURATION",
            description = "Longest wait for open requests at the end (default: ${DEFAULT-VALUE}).")
    String drain = "30s";

    @Option(
            names = "--lame-duck",
            paramLabel = "DURATION",
            description = "Accept for so long after readiness went off (default: ${DEFAULT-VALUE}).")
    String lameDuck = "0s";
}
