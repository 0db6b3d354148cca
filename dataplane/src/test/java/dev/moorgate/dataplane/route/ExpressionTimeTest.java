package dev.moorgate.dataplane.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Expressions that ruin engines that try one way after the other read each character a few times here, however many ways
 * there are (fault G10). What a character may cost is bounded by the size of the expression.
 */
class ExpressionTimeTest {
    /** As long as a request line may be. */
    private static final int LONGEST = 8 << 10;

    static final List<String> RUINOUS = List.of(
            "(a+)+$",
            "(a|aa)+$",
            "(a*)*b",
            "([a-zA-Z]+)*!",
            "(.*a){20}!",
            "(a?){50}a{50}!",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
            "(x+x+)+y",
            "(a{1,48}){1,20}!",
            "(a?){400}!");

    @ParameterizedTest
    @FieldSource("RUINOUS")
    void eachCharacterOfTheLongestInputIsReadAFewTimes(String expression) {
        Counted input = new Counted("a".repeat(LONGEST));

        Expression.of(expression, "a test").matches(input);

        assertThat(input.reads).isPositive().isLessThanOrEqualTo(4L * LONGEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a?){900}!", "(a{1,100}){1,24}!", "((a{10}){10}){30}"})
    void whatWouldCostTooMuchForEachCharacterIsRefused(String expression) {
        assertThatThrownBy(() -> Expression.of(expression, "route r"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("route r: the expression is too large");
    }

    /** Counts how often a character of it is read. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long reads;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            reads++;
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
