package dev.moorgate.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A leak fails the tests of its module, all of which run with the detector at paranoid (fault G7). */
class LeakReportsTest {

    private static final class Lent {}

    @Test
    void whatIsDroppedWithoutBeingClosedIsReported() throws Exception {
        LeakReports reports = new LeakReports();
        ResourceLeakDetector<Lent> detector = reports.newResourceLeakDetector(Lent.class, 1);

        drop(detector);

        assertThat(reports.collect()).singleElement().asString().contains("Lent");
    }

    @Test
    void whatIsClosedIsNotReported() throws Exception {
        LeakReports reports = new LeakReports();
        ResourceLeakDetector<Lent> detector = reports.newResourceLeakDetector(Lent.class, 1);

        Lent lent = new Lent();
        Objects.requireNonNull(detector.trackForcibly(lent)).close(lent);

        assertThat(reports.collect()).isEmpty();
    }

    private static void drop(ResourceLeakDetector<Lent> detector) {
        assertThat(detector.trackForcibly(new Lent())).isNotNull();
    }
}
