package dev.moorgate.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code moorgate serve --check} in a pipeline: every condition, and an exit code. */
class CheckProcessTest {
    @TempDir
    private Path temporary;

    @Test
    void theQuickStartHasNoErrors() throws Exception {
        try (var check = ServeProcess.run("serve", "../deploy/quickstart", "--check")) {
            assertThat(check.exitCode()).isZero();
            assertThat(check.output())
                    .contains("Ingress shop/shop", "  served at 127.0.0.1", "  listener http: 1 routes")
                    .containsSequence(
                            "HTTPRoute shop/api",
                            "  parent Gateway edge",
                            "    Accepted=True (Accepted)",
                            "    ResolvedRefs=True (ResolvedRefs)")
                    .last()
                    .asString()
                    .endsWith(" objects, 0 errors");
        }
    }

    @Test
    void mistakesAreToldWithFileDocumentAndLineAndTheStatusesAreWritten() throws Exception {
        ShopFolder shop = ShopFolder.in(temporary);
        shop.write("ingress.yaml", ShopFolder.ingress("wbe", "/"));
        shop.write("broken.yaml", ShopFolder.service("other") + "---\nkind: Service\n  name: shop\n");
        Path statuses = temporary.resolve("statuses");

        try (var check =
                ServeProcess.run("serve", shop.folder().toString(), "--check", "--status-dir", statuses.toString())) {
            assertThat(check.exitCode()).isEqualTo(1);
            assertThat(check.output())
                    .contains("error: " + shop.folder().resolve("broken.yaml")
                            + ":7 (document 2): not YAML: mapping values are not allowed here")
                    .contains("error: Ingress shop/web: spec.rules[0].http.paths[0].backend.service: "
                            + "Service shop/wbe does not exist: the path answers 500 (ServiceNotFound)")
                    .last()
                    .asString()
                    .endsWith(" objects, 2 errors");
        }
        assertThat(Files.readString(statuses.resolve("ingress_shop_web.yaml")))
                .contains("kind: Ingress", "reason: ServiceNotFound", "- ip: 127.0.0.1");
    }

    @Test
    void aMistakeOnTheCommandLineIsOneLineAndTheWayToTheHelp() throws Exception {
        try (var serve = ServeProcess.run("serve", "../deploy/quickstart", "--admin", "9901")) {
            assertThat(serve.exitCode()).isEqualTo(2);
            assertThat(serve.output())
                    .containsExactly(
                            "moorgate: --admin must be HOST:PORT or off, not 9901",
                            "'moorgate serve --help' shows all options.");
        }
    }
}
