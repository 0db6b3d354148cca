package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions that would be large are seen before they are compiled (fault G10). */
class RegexSizeTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "/shop/[0-9]+",
                "(a|b|c){3}",
                "a{1000}",
                "((a{10}){10}){10}",
                "(a{2,5}){3,}",
                "[]{9}]{4}",
                "[[:alpha:]{9}]{4}",
                "\\(a{3}\\){4}",
                "\\Q(((\\E{5}",
                "(?i)abc{2}",
                "(?:a{20}(?P<x>b{20})?){20}",
                "\\pL{7}",
                "a{,5}",
            })
    void estimateIsNoLessThanHalfOfTheProgram(String expression) {
        assertThat(RegexSize.of(expression))
                .isGreaterThanOrEqualTo(Pattern.compile(expression).programSize() / 2 - 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((((a{100}){100}){100}){100})",
                "(((([)]{100}){100}){100}){100})",
                "(((\\){100}){100}){100}){100}",
                "(?:(?:(?:(?:a|b{3}){1,99}){99,}){99}){99}",
            })
    void nestedRepetitionsAreSeenWithoutWritingThemOut(String expression) {
        assertThat(RegexSize.of(expression)).isGreaterThan(900_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "\\x{1F600}",
                "\\p{Greek}{3}",
                "/[a-z]{1,63}(/[a-z]{1,63}){0,8}"
            })
    void usualExpressionsAreSmall(String expression) {
        assertThat(RegexSize.of(expression)).isLessThan(10_000);
    }
}
