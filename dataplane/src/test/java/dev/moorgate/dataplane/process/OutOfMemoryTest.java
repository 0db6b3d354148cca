package dev.moorgate.dataplane.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of the image whose heap is full ends at once, for its supervisor to start another (fault G5). */
class OutOfMemoryTest {
    private static final Path OPTIONS = Path.of("..", "image", "root", "moorgate", "bin", "jvm");
    private static final int OUT_OF_MEMORY = 3;
    private static final int LIMIT_SECONDS = 120;

    @TempDir
    private Path folder;

    /** The JVM's options as the containers have them. */
    private static List<String> options() throws IOException, InterruptedException {
        var shell = new ProcessBuilder("sh", "-c", ". \"$1\"; dataplane_options 1 none", "sh", OPTIONS.toString());
        shell.environment().remove("MOORGATE_JAVA_OPTS");
        shell.environment().put("MOORGATE_MEMORY_MIB", "128");
        Process process = shell.redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(process.waitFor()).as(printed).isZero();
        return List.of(printed.split("\\s+"));
    }

    @Test
    void aFullHeapEndsTheProcessOfTheImage() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options());
        // the last class path is the one that counts
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), HeapFiller.class.getName()));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            String printed = Files.readString(output);
            assertThat(ended).as(printed).isTrue();
            assertThat(process.exitValue()).as(printed).isEqualTo(OUT_OF_MEMORY);
            assertThat(printed).contains("java.lang.OutOfMemoryError: Java heap space");
        } finally {
            process.destroyForcibly();
        }
    }
}
