package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A client that nobody here wrote. */
final class Openssl {
    private Openssl() {}

    /** What {@code openssl s_client} prints about a handshake; a test that asks is left out where there is no openssl. */
    static String connect(int port, String... more) throws InterruptedException {
        var command = new ArrayList<>(List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port));
        command.addAll(List.of(more));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return said;
        } catch (IOException missing) {
            assumeThat(false).as("openssl is not installed").isTrue();
            return "";
        }
    }
}
