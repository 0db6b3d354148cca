package dev.moorgate.dataplane.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.routetable.wire.Ack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** H5 to H9: a sidecar that is pushed to, killed, started again without its operator, and told to stop. */
class SidecarProcessTest {
    @TempDir
    private Path folder;

    private final String address = "127." + ThreadLocalRandom.current().nextInt(1, 255) + "."
            + ThreadLocalRandom.current().nextInt(1, 255) + "."
            + ThreadLocalRandom.current().nextInt(1, 255);

    private static String mode(Path place) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(place));
    }

    private static void damage(Path file) throws Exception {
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
    }

    @Test
    void afterAKillTheLastGoodTableIsServedWithoutAnOperator() throws Exception {
        Path lastGood = folder.resolve("last-good");
        try (var first = ScriptedUpstream.answering("first");
                var second = ScriptedUpstream.answering("second")) {
            try (var sidecar = SidecarProcess.start(folder, address)) {
                assertThat(sidecar.readiness()).isEqualTo(503);

                Ack ack = sidecar.push(1, first);

                assertThat(ack.isApplied()).isTrue();
                assertThat(sidecar.get().body()).isEqualTo("first");
                assertThat(sidecar.readiness()).isEqualTo(200);
                assertThat(sidecar.push(2, second).isApplied()).isTrue();
                assertThat(sidecar.get().body()).isEqualTo("second");
                assertThat(mode(lastGood)).isEqualTo("rwx------");
                assertThat(mode(lastGood.resolve("table"))).isEqualTo("rw-------");
                assertThat(mode(lastGood.resolve("table.previous"))).isEqualTo("rw-------");
                assertThat(mode(folder.resolve("control"))).isEqualTo("rwx------");
                sidecar.kill();
            }
            try (var sidecar = SidecarProcess.start(folder, address)) {
                assertThat(sidecar.readiness()).isEqualTo(200);
                assertThat(sidecar.get().body()).isEqualTo("second");
                sidecar.kill();
            }

            damage(lastGood.resolve("table"));
            try (var sidecar = SidecarProcess.start(folder, address)) {
                assertThat(sidecar.get().body()).isEqualTo("first");
                assertThat(sidecar.output()).contains("table: is damaged: its checksum is not that of its content");
                sidecar.kill();
            }

            damage(lastGood.resolve("table.previous"));
            try (var sidecar = SidecarProcess.start(folder, address)) {
                assertThat(sidecar.readiness()).isEqualTo(503);
                assertThat(sidecar.listens()).isFalse();
                assertThat(sidecar.push(3, second).isApplied()).isTrue();
                assertThat(sidecar.get().body()).isEqualTo("second");
            }
        }
    }

    @Test
    void sigtermDrainsAndASecondOneEndsAtOnce() throws Exception {
        var release = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
            while (connection.readRequest() != null) {
                if (number == 1) {
                    release.await();
                }
                connection.answer("done");
            }
        })) {
            try (var sidecar = SidecarProcess.start(folder, address)) {
                assertThat(sidecar.push(1, upstream).isApplied()).isTrue();
                RawClient busy = sidecar.connect();
                busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                sidecar.await("request", () -> upstream.requests().size() == 1);

                sidecar.terminate();
                sidecar.await("drain", () -> sidecar.readiness() == 503);

                assertThat(sidecar.get().field("connection")).isEqualTo("close");
                assertThat(sidecar.isAlive()).isTrue();
                release.countDown();
                assertThat(busy.readAnswer().body()).isEqualTo("done");
                busy.close();
                assertThat(sidecar.exitCode()).isZero();
            }
        }
        try (var stalling = ScriptedUpstream.running((connection, _) -> connection.stall());
                var sidecar = SidecarProcess.start(folder, address)) {
            assertThat(sidecar.push(2, stalling).isApplied()).isTrue();
            RawClient cut = sidecar.connect();
            cut.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            sidecar.await("request", () -> stalling.openConnections() == 1);

            sidecar.terminate();
            sidecar.await("drain", () -> sidecar.readiness() == 503);
            sidecar.terminate();

            assertThat(sidecar.exitCode()).isEqualTo(3);
            cut.awaitEnd();
            cut.close();
        }
    }
}
