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
    List<Path> sources;

    @Option(
            names = "--port-offset",
            paramLabel = "N",
            defaultValue = "8000",
            description = "Added to every declared port (default: ${DEFAULT-VALUE}).")
    int portOffset;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Address of the listeners (default: ${DEFAULT-VALUE}).")
    String bind;

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9901",
            description = "Health, metrics and table; 'off' for none (default: ${DEFAULT-VALUE}).")
    String admin;

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

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Event loops (default: the processors, at most 8).")
    int threads;

    @Option(
            names = "--drain",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "Longest wait for open requests at the end (default: ${DEFAULT-VALUE}).")
    String drain;

    @Option(
            names = "--lame-duck",
            paramLabel = "DURATION",
            defaultValue = "0s",
            description = "Accept for so long after readiness went off (default: ${DEFAULT-VALUE}).")
    String lameDuck;
}
