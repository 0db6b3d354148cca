package dev.moorgate.cli.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A main class in a JVM of its own, with this one's class path, and everything that it prints. */
public final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final Thread reader;
    private final List<String> output = new CopyOnWriteArrayList<>();

    private ChildJvm(List<String> command, Map<String, String> environment) {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // Reading a pipe holds its thread, and there are but two to carry all virtual ones.
        reader = Thread.ofPlatform().daemon().start(this::read);
    }

    public static ChildJvm start(Class<?> main, String... arguments) {
        return start(List.of(), Map.of(), main, List.of(arguments));
    }

    /** {@code before}: what starts Java; {@code environment}: beside what is inherited. */
    public static ChildJvm start(
            List<String> before, Map<String, String> environment, Class<?> main, List<String> arguments) {
        var command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(arguments);
        return new ChildJvm(command, environment);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(output::add);
        } catch (IOException | UncheckedIOException e) {
            output.add("(the output ended: " + e.getMessage() + ")");
        }
    }

    /** What it has printed, a line each. */
    public List<String> output() {
        return List.copyOf(output);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Whether it has ended and all that it printed is in {@link #output}. */
    boolean isOver() {
        return !process.isAlive() && !reader.isAlive();
    }

    Process process() {
        return process;
    }

    /** Its status, once it has ended and everything is read. */
    int exitCode() throws InterruptedException {
        reader.join();
        return process.exitValue();
    }

    /** SIGKILL; comes back when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
