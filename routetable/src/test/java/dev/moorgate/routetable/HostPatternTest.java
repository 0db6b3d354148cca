package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.HostPattern.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An exact host is itself; the star of Ingress is one label, that of Gateway API one or more; neither is none. */
class HostPatternTest {

    @ParameterizedTest(name = "{0} {1} covers {2}: {3}")
    @CsvSource({
        "EXACT, shop.example.com, shop.example.com, true",
        "EXACT, shop.example.com, www.shop.example.com, false",
        "EXACT, shop.example.com, xshop.example.com, false",
        "EXACT, shop.example.com, example.com, false",
        "EXACT, shop.example.com, '', false",
        "ONE_LABEL, .example.com, shop.example.com, true",
        "ONE_LABEL, .example.com, a.shop.example.com, false",
        "ONE_LABEL, .example.com, example.com, false",
        "ONE_LABEL, .example.com, .example.com, false",
        "ONE_LABEL, .example.com, shop.example.com.evil, false",
        "ONE_LABEL, .example.com, shopexample.com, false",
        "WILDCARD, .example.com, shop.example.com, true",
        "WILDCARD, .example.com, a.shop.example.com, true",
        "WILDCARD, .example.com, example.com, false",
        "WILDCARD, .example.com, .example.com, false",
        "WILDCARD, .example.com, shop.example.org, false",
        "WILDCARD, .example.com, notexample.com, false",
        "WILDCARD, .com, example.com, true",
        "ANY, '', shop.example.com, true",
        "ANY, '', '', true",
    })
    void patternCovers(Kind kind, String value, String host, boolean covered) {
        assertThat(new HostPattern(kind, value).matches(host)).isEqualTo(covered);
    }

    @Test
    void starsAreReadAndPrinted() {
        assertThat(HostPattern.wildcard("*.Example.com")).isEqualTo(new HostPattern(Kind.WILDCARD, ".example.com"));
        assertThat(HostPattern.oneLabel("*.example.com")).hasToString("*.example.com");
        assertThat(HostPattern.exact("Shop.Example.com")).hasToString("shop.example.com");
        assertThat(HostPattern.ANY).hasToString("*");
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource({
        "ANY, x, host of kind ANY has no value",
        "EXACT, '', host must not be blank",
        "EXACT, Shop, host must be lower case: Shop",
        "EXACT, .example.com, host of kind EXACT is malformed: .example.com",
        "EXACT, *.example.com, host value must hold no star: *.example.com",
        "WILDCARD, example.com, host of kind WILDCARD is malformed: example.com",
        "WILDCARD, ., host of kind WILDCARD is malformed: .",
        "ONE_LABEL, .*.com, host value must hold no star: .*.com",
    })
    void malformedPatternIsRefused(Kind kind, String value, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HostPattern(kind, value))
                .withMessage(reason);
    }

    @Test
    void starInAnotherPlaceIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> HostPattern.wildcard("shop.*.com"));
        assertThatIllegalArgumentException().isThrownBy(() -> HostPattern.oneLabel("*"));
        assertThatIllegalArgumentException().isThrownBy(() -> HostPattern.wildcard("example.com"));
    }
}
