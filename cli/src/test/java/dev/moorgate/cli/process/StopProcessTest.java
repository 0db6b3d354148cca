package dev.moorgate.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** H5, H6: what a process owes its clients when it is told to stop. */
class StopProcessTest {
    @TempDir
    private Path temporary;

    @Test
    void sigtermDrains() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var red = new Backend("red")) {
            shop.endpoints(red);
            try (var serve = ServeProcess.ready(shop);
                    var open = shop.connect();
                    var idle = shop.connect()) {
                assertThat(serve.readiness()).isEqualTo(200);
                assertThat(idle.get(ShopFolder.HOST, "/").closes()).isFalse();
                open.send(ShopFolder.HOST, "/held");
                Await.until("the request to be held", () -> red.held() == 1);

                serve.signal("TERM");
                serve.awaitLine("Draining");
                Await.until("not ready", () -> serve.readiness() == 503);

                assertThat(idle.awaitEnd()).isTrue();
                HttpClient.Answer late = shop.get("/");
                assertThat(late.body()).isEqualTo("red");
                assertThat(late.closes()).isTrue();
                assertThat(serve.isAlive()).isTrue();

                red.release();
                HttpClient.Answer last = open.answer();
                assertThat(last.body()).isEqualTo("red");
                assertThat(last.closes()).isTrue();
                assertThat(serve.exitCode()).isZero();
            }
        }
    }

    @Test
    void aSecondSignalEndsAtOnceAndTheExitCodeTellsThatRequestsWereCut() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var red = new Backend("red")) {
            shop.endpoints(red);
            try (var serve = ServeProcess.ready(shop);
                    var open = shop.connect()) {
                open.send(ShopFolder.HOST, "/held");
                Await.until("the request to be held", () -> red.held() == 1);
                serve.signal("INT");
                serve.awaitLine("Draining");

                serve.signal("TERM");

                assertThat(serve.exitCode()).isEqualTo(3);
                assertThat(open.awaitEnd()).isTrue();
                assertThat(serve.output()).last().isEqualTo("Stopped: 1 connection was cut.");
            }
        }
    }

    @Test
    void theDrainLimitEndsIt() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var red = new Backend("red")) {
            shop.endpoints(red);
            try (var serve = ServeProcess.ready(shop, "--drain", "200ms");
                    var open = shop.connect()) {
                open.send(ShopFolder.HOST, "/held");
                Await.until("the request to be held", () -> red.held() == 1);

                serve.signal("TERM");

                assertThat(serve.exitCode()).isEqualTo(3);
                assertThat(serve.output()).last().isEqualTo("Stopped: 1 connection was cut.");
            }
        }
    }

    @Test
    void aLameDuckAcceptsForItsTime() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var red = new Backend("red")) {
            shop.endpoints(red);
            try (var serve = ServeProcess.ready(shop, "--lame-duck", "60s")) {
                serve.signal("INT");
                Await.until("not ready", () -> serve.readiness() == 503);

                assertThat(shop.get("/").closes()).isTrue();
                assertThat(serve.isAlive()).isTrue();
                Await.until("the client to be gone", () -> serve.connections() == 0);

                serve.signal("INT");
                assertThat(serve.exitCode()).isZero();
            }
        }
    }
}
