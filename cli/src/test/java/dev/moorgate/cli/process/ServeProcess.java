package dev.moorgate.cli.process;

import dev.moorgate.cli.Moorgate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code moorgate} command as a child process, and everything that it prints. */
final class ServeProcess implements AutoCloseable {
    private static final Pattern CONNECTIONS = Pattern.compile("(?m)^moorgate_connections\\{[^}]*} (\\d+)");
    private static final Pattern ADMIN = Pattern.compile("admin on http://127\\.0\\.0\\.1:(\\d+)");

    private final ChildJvm child;

    private ServeProcess(List<String> arguments) {
        List<String> before = ignoresInterrupts() ? List.of("env", "--default-signal=INT") : List.of();
        child = ChildJvm.start(before, Map.of(), Moorgate.class, arguments);
    }

    /** A build in the background of a shell ignores SIGINT, which its children inherit; a JVM then leaves it ignored. */
    private static boolean ignoresInterrupts() {
        Path status = Path.of("/proc/self/status");
        try {
            return Files.exists(status)
                    && Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("SigIgn:"))
                            .anyMatch(line ->
                                    (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs to its end. */
    static ServeProcess run(String... arguments) throws Exception {
        var process = new ServeProcess(List.of(arguments));
        process.exitCode();
        return process;
    }

    /** Starts to serve; returns at once. */
    static ServeProcess start(ShopFolder shop, String... options) {
        var arguments = new ArrayList<>(List.of(
                "serve",
                shop.folder().toString(),
                "--bind",
                shop.address(),
                "--port-offset",
                Integer.toString(ShopFolder.OFFSET),
                "--access-log",
                "off",
                "--threads",
                "2",
                "--keys",
                shop.keys().toString()));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--admin")) {
            arguments.addAll(List.of("--admin", "127.0.0.1:0"));
        }
        return new ServeProcess(arguments);
    }

    /** The same, and waits until it is ready. */
    static ServeProcess ready(ShopFolder shop, String... options) throws Exception {
        ServeProcess process = start(shop, options);
        process.awaitLine("Ready.");
        return process;
    }

    /** What it has printed, a line each, warnings of the JVM left out. */
    List<String> output() {
        return child.output();
    }

    /** Waits for a line that contains {@code part}. */
    String awaitLine(String part) throws Exception {
        Await.until(() -> "a line with <" + part + ">; it printed:\n" + String.join("\n", output()), () -> {
            if (output().stream().anyMatch(line -> line.contains(part))) {
                return true;
            }
            if (child.isOver()) {
                throw new AssertionError("ended without a line <" + part + ">:\n" + String.join("\n", output()));
            }
            return false;
        });
        return output().stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
    }

    /** Waits for its end. */
    int exitCode() throws Exception {
        if (!child.process().waitFor(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running; it printed:\n" + String.join("\n", output()));
        }
        return child.exitCode();
    }

    boolean isAlive() {
        return child.isAlive();
    }

    /** {@code TERM}, {@code INT} or {@code KILL}. */
    void signal(String name) throws Exception {
        int sent = new ProcessBuilder(
                        "kill", "-" + name, Long.toString(child.process().pid()))
                .start()
                .waitFor();
        if (sent != 0) {
            throw new AssertionError("kill ended with " + sent);
        }
    }

    /** Where health and admin are served. */
    int adminPort() {
        for (String line : output()) {
            Matcher matcher = ADMIN.matcher(line);
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
        }
        throw new AssertionError("no admin address in:\n" + String.join("\n", output()));
    }

    /** The status of {@code /readyz}. */
    int readiness() throws IOException {
        try (var client = HttpClient.connect("127.0.0.1", adminPort())) {
            return client.get("127.0.0.1", "/readyz").status();
        }
    }

    /** Open client connections. */
    int connections() throws IOException {
        try (var client = HttpClient.connect("127.0.0.1", adminPort())) {
            Matcher told =
                    CONNECTIONS.matcher(client.get("127.0.0.1", "/metrics").body());
            return told.results()
                    .mapToInt(one -> Integer.parseInt(one.group(1)))
                    .sum();
        }
    }

    @Override
    public void close() {
        child.process().destroyForcibly();
    }
}
