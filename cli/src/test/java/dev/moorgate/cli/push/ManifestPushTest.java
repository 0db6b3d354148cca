package dev.moorgate.cli.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.cli.ManifestPush;
import dev.moorgate.cli.manifest.ManifestSource;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests reach a data plane that is a process of its own. */
class ManifestPushTest {
    @TempDir
    Path temporary;

    private final ManifestSource source = new ManifestSource(List.of(Path.of("../deploy/quickstart")));
    private Path socket;

    @BeforeEach
    void socket() {
        socket = temporary.resolve("run").resolve("control.sock");
    }

    private static KeyRing keys() {
        return new KeyRing("moorgate", List.of(new KeyRing.SessionKey("test", new Redacted("A".repeat(43) + "="))));
    }

    @Test
    void whatTheManifestsDeclareIsInForceWhenItEnds() throws Exception {
        try (var sidecar = new Sidecar(socket, temporary.resolve("state"))) {
            assertThat(ManifestPush.push(socket, 20_000, keys(), source)).isEmpty();

            assertThat(sidecar.states().getLast().table().listeners()).isNotEmpty();
        }
    }

    @Test
    void refusalIsTold() throws Exception {
        try (var sidecar = new Sidecar(socket, temporary.resolve("state"))) {
            sidecar.refuse("port 20080 is in use");

            assertThat(ManifestPush.push(socket, 20_000, keys(), source)).contains("port 20080 is in use");
        }
    }
}
