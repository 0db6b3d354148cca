package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.houserules.Arrows;
import org.junit.jupiter.api.Test;

class ArrowsTest {

    private static final String TABLE = "dev.moorgate.routetable";
    private static final String JACKSON = "com.fasterxml.jackson.";

    @Test
    void packagesDependOnlyOnWhatTheTableAllows() {
        Arrows arrows = new Arrows().allow(TABLE).allow(TABLE + ".wire", TABLE, JACKSON);

        assertThat(arrows.violations(TABLE)).isEmpty();
    }
}
