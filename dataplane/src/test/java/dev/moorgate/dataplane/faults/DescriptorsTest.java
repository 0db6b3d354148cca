package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** G3: a process that has no descriptor left serves whom it has, answers on its private port, and recovers by itself. */
class DescriptorsTest {
    private static final int LIMIT = 200;
    private static final int PATIENCE_MILLIS = 15_000;

    /** The proxy as a process of its own with so many descriptors at most. */
    private static Process start(int upstream) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n " + LIMIT + " && exec \"$@\"",
                        "sh",
                        java,
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-Dmoorgate.tests.log=INFO",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FewDescriptors.class.getName(),
                        Integer.toString(upstream))
                .redirectErrorStream(true)
                .start();
    }

    private static String awaitPorts(BufferedReader said) throws IOException {
        String line = said.readLine();
        while (line != null && !line.startsWith("ports ")) {
            line = said.readLine();
        }
        assertThat(line).as("the process started").isNotNull();
        return line;
    }

    private static boolean answers(int port) {
        try (var client = RawClient.connect(port)) {
            client.socket().setSoTimeout(PATIENCE_MILLIS);
            client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            return client.readHead().startsWith("HTTP/1.1 200 ");
        } catch (IOException | RuntimeException | AssertionError notYet) {
            return false;
        }
    }

    private static long descriptors(Process process) {
        try (var files = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return files.count();
        } catch (IOException gone) {
            return -1;
        }
    }

    @Test
    void withoutDescriptorsTheProcessServesOnAndRecovers() throws Exception {
        assumeThat(Path.of("/proc/self/fd")).exists();
        List<RawClient> idle = new ArrayList<>();
        try (var upstream = ScriptedUpstream.answering("served")) {
            Process process = start(upstream.port());
            BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
            try {
                String[] ports = awaitPorts(said).split(" ", 4);
                Queue<String> log = new ConcurrentLinkedQueue<>();
                Thread.ofVirtual().start(() -> said.lines().forEach(log::add));
                int web = Integer.parseInt(ports[1]);
                int health = Integer.parseInt(ports[2]);
                Await.until("the private port to answer", () -> answers(health));
                try (var before = RawClient.connect(web)) {
                    assertThat(before.get("/1").body()).isEqualTo("served");
                    for (int i = 0; i < 2 * LIMIT; i++) {
                        idle.add(RawClient.connect(web));
                    }
                    Await.until(
                            "accept to pause",
                            () -> log.stream()
                                    .anyMatch(line ->
                                            line.contains("accept paused") && line.contains("reason=descriptors")));

                    assertThat(before.get("/2").body()).isEqualTo("served");
                    Await.until("the private port to answer", () -> answers(health));
                    assertThat(descriptors(process)).isLessThanOrEqualTo(LIMIT);

                    idle.forEach(RawClient::close);
                    Await.until("new clients to be served", () -> isServed(web));
                    assertThat(before.get("/3").body()).isEqualTo("served");
                    assertThat(process.isAlive()).isTrue();
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
        } finally {
            idle.forEach(RawClient::close);
        }
    }

    @Test
    void requestsForWhichThereIsNoDescriptorAreRefusedAndTakeNoPlace() {
        var few = new Upstream.Limits(2, 16, 256, Duration.ofSeconds(60));
        try (var upstream = ScriptedUpstream.answering("served");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).upstreamLimits(few));
                var client = proxy.connect()) {
            proxy.withoutDescriptors(true);
            for (int i = 1; i <= 3; i++) {
                assertThat(client.get("/").status()).isEqualTo(502);
                assertThat(proxy.exchange(i).reason()).isEqualTo(ProxyFailure.CONNECT_REFUSED);
            }
            assertThat(proxy.boundConnections()).isZero();
            assertThat(proxy.underWay()).isZero();

            proxy.withoutDescriptors(false);
            assertThat(client.get("/").body()).isEqualTo("served");
            assertThat(proxy.boundConnections()).isEqualTo(1);
        }
    }

    private static boolean isServed(int port) {
        try (var client = RawClient.connect(port)) {
            client.socket().setSoTimeout(PATIENCE_MILLIS);
            return client.get("/again").body().equals("served");
        } catch (IOException | RuntimeException | AssertionError notYet) {
            return false;
        }
    }
}
