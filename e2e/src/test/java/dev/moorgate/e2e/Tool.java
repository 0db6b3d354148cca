package dev.moorgate.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A program that users have on their path: kubectl or helm. Safe for any thread. */
record Tool(String program, Map<String, String> environment) {
    /** What it said, on both channels in one, and its exit status. */
    record Outcome(int status, String output) {}

    Tool {
        environment = Map.copyOf(environment);
    }

    /** Its output; anything but success is a failed test that shows the command and what it said. */
    String run(String... arguments) {
        return feed("", arguments);
    }

    /** As {@link #run}, with a standard input. */
    String feed(String input, String... arguments) {
        Outcome outcome = attempt(input, arguments);
        if (outcome.status() != 0) {
            throw new AssertionError(program + " " + String.join(" ", arguments) + "\n" + outcome.output());
        }
        return outcome.output();
    }

    Outcome attempt(String input, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        try {
            Path in = Files.createTempFile("moorgate-e2e", ".in");
            try {
                Files.writeString(in, input);
                var builder =
                        new ProcessBuilder(command).redirectErrorStream(true).redirectInput(in.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new Outcome(process.waitFor(), output);
            } finally {
                Files.delete(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + String.join(" ", command), e);
        }
    }

    /** Something that goes on until it is closed. */
    record Following(Process process, Path output) implements AutoCloseable {
        /** The whole lines that it has said so far, on both channels. */
        List<String> lines() throws IOException {
            String said = Files.readString(output);
            return said.substring(0, said.lastIndexOf('\n') + 1).lines().toList();
        }

        @Override
        public void close() throws IOException {
            process.destroy();
            process.onExit().join();
            Files.delete(output);
        }
    }

    Following follow(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile("moorgate-e2e", ".out");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().putAll(environment);
        return new Following(builder.start(), out);
    }

    /** Whether there is such a program on the path. */
    static boolean isInstalled(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
