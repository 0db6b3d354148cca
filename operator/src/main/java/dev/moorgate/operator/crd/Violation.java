package dev.moorgate.operator.crd;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rule that one of our objects breaks.
 *
 * @param field path from the object's root, such as {@code spec.cookie.name}
 * @param sentence what is wrong and how to mend it
 */
public record Violation(String field, String sentence) {
    @Override
    public String toString() {
        return field + ": " + sentence;
    }

    /** Collects violations in the order of the checks; confined to one check. */
    public static final class Collector {
        private final List<Violation> found = new ArrayList<>();

        public void unless(boolean holds, String field, String sentence) {
            if (!holds) {
                found.add(new Violation(field, sentence));
            }
        }

        /** An absent text is no duration and no violation. */
        public Optional<Duration> duration(String field, @Nullable String text) {
            if (text == null) {
                return Optional.empty();
            }
            return switch (GatewayDuration.parse(text)) {
                case GatewayDuration.Valid valid -> Optional.of(valid.value());
                case GatewayDuration.Invalid invalid -> {
                    unless(false, field, invalid.sentence());
                    yield Optional.empty();
                }
            };
        }

        public Optional<Duration> positive(String field, @Nullable String text) {
            Optional<Duration> value = duration(field, text);
            value.ifPresent(duration -> unless(duration.isPositive(), field, GatewayDuration.POSITIVE));
            return value;
        }

        public List<Violation> list() {
            return List.copyOf(found);
        }
    }
}
