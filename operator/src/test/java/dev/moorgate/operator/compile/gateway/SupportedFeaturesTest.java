package dev.moorgate.operator.compile.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SupportedFeaturesTest {

    @Test
    void featuresAreSortedAndStandOnce() {
        assertThat(SupportedFeatures.NAMES).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void coreFeaturesOfTheHttpProfileAreClaimed() {
        assertThat(SupportedFeatures.NAMES).contains("Gateway", "HTTPRoute", "ReferenceGrant");
    }

    @Test
    void whatTheSuiteHasNotShownIsNotClaimed() {
        assertThat(SupportedFeatures.NAMES).doesNotContain("ListenerSet", "GRPCRoute", "TLSRoute");
    }
}
