package dev.moorgate.dataplane.fuzz;

import dev.moorgate.dataplane.balance.TokenFuzz;
import dev.moorgate.dataplane.http.ContentFuzz;
import dev.moorgate.dataplane.http.HeadFuzz;
import dev.moorgate.dataplane.http2.SessionFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that reads what strangers send, for Jazzer ({@code .ci/fuzz}), which looks for inputs that reach code which no input reached
 * before; the system property {@code fuzz} names the target.
 */
public final class FuzzTargets {
    private static final FuzzTarget CHOSEN = all().getOrDefault(System.getProperty("fuzz", ""), new HeadFuzz());

    private FuzzTargets() {}

    static Map<String, FuzzTarget> all() {
        return new TreeMap<>(Map.of(
                "head", new HeadFuzz(),
                "content", new ContentFuzz(),
                "http2", new SessionFuzz(),
                "opening", new OpeningFuzz(),
                "token", new TokenFuzz()));
    }

    /** What Jazzer calls. */
    public static void fuzzerTestOneInput(byte[] input) {
        CHOSEN.feed(input);
    }

    /** Writes the seeds of every target into a folder of its name, and prints the names. */
    static void main(String[] arguments) throws IOException {
        for (Map.Entry<String, FuzzTarget> target : all().entrySet()) {
            Path folder = Files.createDirectories(Path.of(arguments[0], target.getKey()));
            List<byte[]> seeds = target.getValue().seeds();
            for (int i = 0; i < seeds.size(); i++) {
                Files.write(folder.resolve("seed-" + i), seeds.get(i));
            }
            System.out.println(target.getKey());
        }
    }
}
