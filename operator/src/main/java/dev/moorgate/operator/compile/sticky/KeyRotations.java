package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Compilation.KeyWish;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Mode;
import dev.moorgate.operator.crd.StickyPolicySpec.Rotation;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What {@code signing.rotation} asks for, and what of it would lose sessions or fill the release's Secret. */
final class KeyRotations {
    private static final Duration LEAST_INTERVAL = Duration.ofHours(1);
    /** A token that is not used for so long is not honoured any more, unless the policy says otherwise. */
    private static final Duration WEEK = Duration.ofDays(7);
    /** Tokens are dated by day. */
    private static final Duration DAY = Duration.ofDays(1);

    private static final int MOST_KEYS = 31;

    private KeyRotations() {}

    /** Of a policy that breaks no rule. */
    static Optional<KeyWish> wish(String owner, StickyPolicySpec spec) {
        Rotation rotation = rotation(spec);
        return rotation == null
                ? Optional.empty()
                : Optional.of(new KeyWish(owner, interval(rotation), overlap(rotation, spec)));
    }

    static void check(StickyPolicySpec spec, Mistakes mistakes) {
        Rotation rotation = rotation(spec);
        if (rotation == null) {
            return;
        }
        Field at = Field.SPEC.of("signing").of("rotation");
        Duration interval = interval(rotation);
        Duration overlap = overlap(rotation, spec);
        if (interval.compareTo(LEAST_INTERVAL) < 0) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("interval"),
                    rotation.interval() + " is too short: 1h is the least, since every replica is given each key");
        } else if (overlap.compareTo(life(spec)) < 0) {
            mistakes.add(
                    Reason.INVALID,
                    at.of("overlap"),
                    rotation.overlap() + " is shorter than a session may live without a request, which is "
                            + life(spec).toString().substring(2).toLowerCase(Locale.ROOT)
                            + ": sessions would be lost with their keys");
        } else if (overlap.compareTo(interval.multipliedBy(MOST_KEYS)) > 0) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("interval"),
                    rotation.interval() + " makes more than " + MOST_KEYS
                            + " keys within the overlap: use a longer interval, or a shorter overlap");
        }
    }

    private static @Nullable Rotation rotation(StickyPolicySpec spec) {
        return spec.signing() == null || spec.mode() == Mode.HASH
                ? null
                : spec.signing().rotation();
    }

    private static Duration interval(Rotation rotation) {
        return PolicyRules.duration(rotation.interval()).orElse(LEAST_INTERVAL);
    }

    private static Duration overlap(Rotation rotation, StickyPolicySpec spec) {
        return PolicyRules.duration(rotation.overlap()).orElseGet(() -> {
            Duration absolute = PolicyRules.duration(spec.absoluteTimeout()).orElse(WEEK);
            return (absolute.compareTo(WEEK) > 0 ? absolute : WEEK).plus(DAY);
        });
    }

    /** How long a token may be away and be honoured still. */
    private static Duration life(StickyPolicySpec spec) {
        return Stream.of(spec.idleTimeout(), spec.absoluteTimeout())
                .flatMap(text -> PolicyRules.duration(text).stream())
                .min(Duration::compareTo)
                .orElse(WEEK.plus(DAY));
    }
}
