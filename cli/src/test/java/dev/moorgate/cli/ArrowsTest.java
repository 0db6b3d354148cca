package dev.moorgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.houserules.Arrows;
import org.junit.jupiter.api.Test;

class ArrowsTest {

    @Test
    void packagesDependOnlyOnWhatTheTableAllows() {
        Arrows arrows = new Arrows()
                .allow(
                        "dev.moorgate.cli",
                        "dev.moorgate.routetable",
                        "dev.moorgate.routetable.wire",
                        "dev.moorgate.cli.manifest",
                        "dev.moorgate.operator.crd",
                        "dev.moorgate.operator.snapshot",
                        "dev.moorgate.operator.conditions",
                        "dev.moorgate.operator.compile",
                        "dev.moorgate.operator.publish",
                        "dev.moorgate.dataplane",
                        "dev.moorgate.dataplane.control",
                        "dev.moorgate.dataplane.live",
                        "dev.moorgate.dataplane.observe",
                        "com.sun.net.httpserver",
                        "picocli.",
                        "ch.qos.logback.",
                        "com.fasterxml.jackson.",
                        "io.fabric8.",
                        "io.vertx.core.",
                        "io.netty.")
                .allow(
                        "dev.moorgate.cli.manifest",
                        "dev.moorgate.operator.crd",
                        "dev.moorgate.operator.crd.route",
                        "dev.moorgate.operator.crd.upstream",
                        "dev.moorgate.operator.snapshot",
                        "org.snakeyaml.engine.",
                        "com.fasterxml.jackson.",
                        "io.fabric8.");

        assertThat(arrows.violations("dev.moorgate.cli")).isEmpty();
    }
}
