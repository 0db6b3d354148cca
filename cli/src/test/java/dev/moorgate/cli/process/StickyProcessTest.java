package dev.moorgate.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions over several processes, restarts and lost endpoints. */
class StickyProcessTest {
    private static final int SESSIONS = 30;

    @TempDir
    private Path temporary;

    /** New sessions: cookie to the backend that has it. */
    private static Map<String, String> sessions(ShopFolder shop) throws Exception {
        var sessions = new HashMap<String, String>();
        for (int i = 0; i < SESSIONS; i++) {
            HttpClient.Answer answer = shop.get("/");
            sessions.put(answer.cookie().orElseThrow(), answer.body());
        }
        assertThat(sessions.values()).contains("red", "green", "blue");
        return sessions;
    }

    private static void assertKept(ShopFolder shop, Map<String, String> sessions) throws Exception {
        for (var session : sessions.entrySet()) {
            HttpClient.Answer answer = shop.get("/", "Cookie: " + session.getKey());
            assertThat(answer.body()).isEqualTo(session.getValue());
            assertThat(answer.cookie()).isEmpty();
        }
    }

    @Test
    void processesWithTheSameKeysHonourEachOthersCookiesAndRestartsLoseNone() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        ShopFolder other = shop.elsewhere();
        shop.sticky();
        Map<String, String> sessions;
        try (var red = new Backend("red");
                var green = new Backend("green");
                var blue = new Backend("blue")) {
            shop.endpoints(red, green, blue);
            // Both at once: they find no key file, and agree on one.
            try (var first = ServeProcess.start(shop);
                    var second = ServeProcess.start(other)) {
                first.awaitLine("Ready.");
                second.awaitLine("Ready.");
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shop.keys())))
                        .isEqualTo("rw-------");
                sessions = sessions(shop);
                assertKept(other, sessions);

                first.signal("KILL");
                second.signal("INT");
                first.exitCode();
                assertThat(second.exitCode()).isZero();
            }
            try (var first = ServeProcess.start(shop);
                    var second = ServeProcess.start(other)) {
                first.awaitLine("Ready.");
                second.awaitLine("Ready.");

                assertKept(shop, sessions);
                assertKept(other, sessions);
            }
        }
    }

    @Test
    void aKilledEndpointLosesNoGetAndOnlyItsSessionsMove() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        shop.sticky();
        try (var red = new Backend("red");
                var green = new Backend("green");
                var blue = new Backend("blue")) {
            shop.endpoints(red, green, blue);
            try (var serve = ServeProcess.ready(shop);
                    var load = new Load(shop, 8)) {
                Map<String, String> sessions = sessions(shop);
                load.awaitMore(200);

                red.kill();
                load.awaitMore(500);
                for (var session : sessions.entrySet()) {
                    String now = shop.get("/", "Cookie: " + session.getKey()).body();
                    if (session.getValue().equals("red")) {
                        assertThat(now).isIn("green", "blue");
                    } else {
                        assertThat(now).isEqualTo(session.getValue());
                    }
                }

                // As Kubernetes does once it has noticed: the pod leaves the slices, and its sessions move for good.
                shop.endpoints(green, blue);
                serve.awaitLine("changed: EndpointSlice");
                for (var session : sessions.entrySet()) {
                    HttpClient.Answer answer = shop.get("/", "Cookie: " + session.getKey());
                    assertThat(answer.cookie().isPresent())
                            .isEqualTo(session.getValue().equals("red"));
                }
                load.awaitMore(200);
                assertThat(load.failures()).isEmpty();
            }
        }
    }
}
