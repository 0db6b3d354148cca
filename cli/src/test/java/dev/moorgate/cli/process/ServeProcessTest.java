package dev.moorgate.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that serves while its manifests change, well or badly. */
class ServeProcessTest {
    @TempDir
    private Path temporary;

    @Test
    void aBrokenFileIsToldAndEverythingElseIsServedAtTheStartAndLater() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        Path statuses = temporary.resolve("statuses");
        shop.write("broken.yaml", "kind: [Service\n");
        String broken = "error: " + shop.folder().resolve("broken.yaml") + ":2 (document 1): not YAML: ";
        try (var red = new Backend("red");
                var blue = new Backend("blue")) {
            shop.endpoints(red);
            try (var serve = ServeProcess.ready(shop, "--status-dir", statuses.toString())) {
                assertThat(serve.output()).anyMatch(line -> line.startsWith(broken));
                assertThat(shop.get("/").body()).isEqualTo("red");
                assertThat(statuses.resolve("ingress_shop_web.yaml")).exists();

                shop.write("ingress.yaml", "apiVersion: networking.k8s.io/v1\nkind: {Ingress\n");
                serve.awaitLine("ingress.yaml:3 (document 1): not YAML");
                assertThat(shop.get("/").body()).isEqualTo("red");
                // A broken file does not hold up the others.
                shop.endpoints(blue);
                Await.until("blue to serve", () -> shop.get("/").body().equals("blue"));

                shop.write("ingress.yaml", ShopFolder.ingress("wbe", "/"));
                serve.awaitLine("mended: error: " + shop.folder().resolve("ingress.yaml"));
                serve.awaitLine(
                        "error: Ingress shop/web: spec.rules[0].http.paths[0].backend.service: Service shop/wbe");
                assertThat(shop.get("/").status()).isEqualTo(500);
                assertThat(Files.readString(statuses.resolve("ingress_shop_web.yaml")))
                        .contains("reason: ServiceNotFound");

                Files.delete(shop.folder().resolve("ingress.yaml"));
                Await.until("the status to go", () -> Files.notExists(statuses.resolve("ingress_shop_web.yaml")));
            }
        }
    }

    @Test
    void changesAreLiveAndNoRequestFailsForThem() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var red = new Backend("red");
                var blue = new Backend("blue")) {
            shop.endpoints(red);
            try (var serve = ServeProcess.ready(shop);
                    var load = new Load(shop, 8)) {
                for (int round = 0; round < 3; round++) {
                    shop.endpoints(blue);
                    Await.until("blue to serve", () -> shop.get("/").body().equals("blue"));
                    shop.write(
                            "services.yaml",
                            ShopFolder.service("web") + "---\n" + ShopFolder.service("spare") + "---\n"
                                    + ShopFolder.slice("spare", red));
                    shop.write("ingress.yaml", ShopFolder.ingress("spare", "/"));
                    Await.until("red to serve", () -> shop.get("/").body().equals("red"));
                    // In place, as many editors write: for a moment there is half a file.
                    Path ingress = shop.folder().resolve("ingress.yaml");
                    Files.writeString(ingress, "");
                    Files.writeString(ingress, ShopFolder.ingress("web", "/"));
                    Await.until("blue to serve", () -> shop.get("/").body().equals("blue"));
                }
                load.awaitMore(100);

                assertThat(load.failures()).isEmpty();
                assertThat(serve.output())
                        .anyMatch(line -> line.matches("changed: EndpointSlice \\(live after \\d+ ms\\)"));
            }
        }
    }

    @Test
    void aPortInUseEndsTheStartWithOneLine() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var taken = new ServerSocket(ShopFolder.HTTP, 1, InetAddress.ofLiteral(shop.address()));
                var serve = ServeProcess.start(shop)) {
            assertThat(serve.exitCode()).isEqualTo(1);
            assertThat(serve.output())
                    .containsExactly("moorgate: listener ingress/80 (Ingress *) cannot open " + shop.address() + ":"
                            + taken.getLocalPort() + ": the port is already in use; --port-offset moves all ports");
        }
    }

    @Test
    void aPortInUseByAdminEndsTheStartWithOneLine() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String admin = "127.0.0.1:" + taken.getLocalPort();
            try (var serve = ServeProcess.start(shop, "--admin", admin)) {
                assertThat(serve.exitCode()).isEqualTo(1);
                assertThat(serve.output())
                        .containsExactly("moorgate: cannot open health and admin listener " + admin
                                + ": the port is already in use");
            }
        }
    }
}
