package dev.moorgate.operator.crd;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A duration as Gateway API writes it ({@code 1h30m}, {@code 500ms}; GEP-2257): the value, or a sentence that says what is wrong. */
public sealed interface GatewayDuration {
    /** GEP-2257; at most four parts, each with one to five digits. */
    String PATTERN = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

    String POSITIVE_CEL = "duration(self) > duration('0s')";
    String POSITIVE = "must be longer than 0s";

    /** A duration that was understood; zero or more, at most 399,996 hours. */
    record Valid(Duration value) implements GatewayDuration {}

    /** A text that is none; {@code sentence} says so to its author. */
    record Invalid(String sentence) implements GatewayDuration {}

    static GatewayDuration parse(String text) {
        if (!Parts.WHOLE.matcher(text).matches()) {
            return new Invalid(
                    "\"" + text + "\" is not a duration: write hours, minutes, seconds and milliseconds as in"
                            + " 1h30m, 10s or 500ms");
        }
        Duration sum = Duration.ZERO;
        Matcher parts = Parts.ONE.matcher(text);
        while (parts.find()) {
            int number = Integer.parseInt(parts.group(1));
            sum = sum.plus(
                    switch (parts.group(2)) {
                        case "h" -> Duration.ofHours(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "s" -> Duration.ofSeconds(number);
                        default -> Duration.ofMillis(number);
                    });
        }
        return new Valid(sum);
    }

    /** The compiled expressions. */
    final class Parts {
        private static final Pattern WHOLE = Pattern.compile(PATTERN);
        private static final Pattern ONE = Pattern.compile("([0-9]{1,5})(h|ms|m|s)");

        private Parts() {}
    }
}
