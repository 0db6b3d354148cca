package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client that nobody here wrote. */
final class Openssl {
    private Openssl() {}

    /**
     * What {@code openssl s_client} prints where it sends {@code text} and waits until it comes back. A test that asks is left out where
     * there is no openssl.
     */
    static String talk(int port, String text, String... more) throws InterruptedException {
        Process process = start(port, ProcessBuilder.Redirect.PIPE, more);
        Thread.ofVirtual().start(() -> end(process));
        var said = new StringBuilder();
        BufferedWriter to = process.outputWriter();
        try (var from = process.inputReader()) {
            to.write(text);
            to.flush();
            for (int next = from.read(); next >= 0; next = from.read()) {
                said.append((char) next);
                if (said.indexOf(text) >= 0) {
                    to.close();
                }
            }
        } catch (IOException e) {
            said.append(e);
        }
        process.waitFor();
        return said.toString();
    }

    /** A test does not wait for ever. */
    private static void end(Process process) {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What {@code openssl s_client} prints about a handshake; a test that asks is left out where there is no openssl. */
    static String connect(int port, String... more) throws InterruptedException {
        Process process =
                start(port, ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()), more);
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Process start(int port, ProcessBuilder.Redirect input, String... more) {
        var command = new ArrayList<>(List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port));
        command.addAll(List.of(more));
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(input)
                    .start();
        } catch (IOException missing) {
            assumeThat(false).as("openssl is not installed").isTrue();
            throw new UncheckedIOException(missing);
        }
    }
}
