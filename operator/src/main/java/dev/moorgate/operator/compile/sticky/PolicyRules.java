package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.CrdRules;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Signing;
import dev.moorgate.operator.crd.StickyScope.ImportCookie;
import dev.moorgate.operator.crd.StickyScope.TargetRef;
import dev.moorgate.operator.crd.Violation;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What keeps a policy as a whole from being accepted: rules that it breaks, and fields that are not in force in this version. */
final class PolicyRules {
    private static final Duration LEAST = Duration.ofSeconds(1);

    private final Mistakes mistakes = new Mistakes();

    private PolicyRules() {}

    static Mistakes check(StickyPolicy policy, StickyPolicySpec spec) {
        PolicyRules rules = new PolicyRules();
        rules.required(spec);
        if (rules.mistakes.isEmpty()) {
            for (Violation violation : CrdRules.check(policy)) {
                rules.mistakes.add(Reason.INVALID, Field.at(violation.field()), violation.sentence());
            }
        }
        if (rules.mistakes.isEmpty()) {
            rules.supported(spec);
        }
        return rules.mistakes;
    }

    /** An API server never stores a policy without these; a manifest may be. */
    private void required(StickyPolicySpec spec) {
        if (spec.targetRefs().isEmpty()) {
            mistakes.add(Reason.INVALID, Field.SPEC.of("targetRefs"), "is missing: name what is sticky");
        }
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef target = spec.targetRefs().get(i);
            needed(target.kind(), Field.SPEC.of("targetRefs", i).of("kind"));
            needed(target.name(), Field.SPEC.of("targetRefs", i).of("name"));
        }
        if (spec.header() != null) {
            needed(spec.header().name(), Field.SPEC.of("header").of("name"));
        }
        if (spec.appCookie() != null) {
            needed(spec.appCookie().name(), Field.SPEC.of("appCookie").of("name"));
        }
        if (spec.hash() != null) {
            needed(spec.hash().source(), Field.SPEC.of("hash").of("source"));
        }
        imports(spec);
        Signing signing = spec.signing();
        if (signing != null && signing.keySecretRef() != null) {
            needed(
                    signing.keySecretRef().name(),
                    Field.SPEC.of("signing").of("keySecretRef").of("name"));
        }
    }

    /** An old cookie without a type or a name says nothing; nor does a day that is in no calendar. */
    private void imports(StickyPolicySpec spec) {
        for (int i = 0; i < spec.importCookies().size(); i++) {
            ImportCookie cookie = spec.importCookies().get(i);
            Field at = Field.SPEC.of("importCookies", i);
            needed(cookie.type(), at.of("type"));
            needed(cookie.name(), at.of("name"));
            if (cookie.until() != null && until(cookie).isEmpty()) {
                mistakes.add(
                        Reason.INVALID,
                        at.of("until"),
                        Tokens.shown(cookie.until()) + " is no time: write it like 2027-01-31T00:00:00Z");
            }
        }
    }

    /** Until when an old cookie is read; empty where nothing is said, or no time. */
    static Optional<Instant> until(ImportCookie cookie) {
        try {
            return Optional.ofNullable(cookie.until())
                    .map(text -> OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private void needed(@Nullable Object value, Field at) {
        if (value == null) {
            mistakes.add(Reason.INVALID, at, "is missing");
        }
    }

    private void supported(StickyPolicySpec spec) {
        KeyRotations.check(spec, mistakes);
        if (spec.appCookie() != null) {
            seconds(spec.appCookie().ttl(), Field.SPEC.of("appCookie").of("ttl"));
        }
        Optional<Duration> deadline = duration(spec.drainDeadline());
        if (deadline.isPresent() && !deadline.get().isZero()) {
            seconds(spec.drainDeadline(), Field.SPEC.of("drainDeadline"));
        }
        SessionExtras.skip(spec, mistakes);
        seconds(spec.absoluteTimeout(), Field.SPEC.of("absoluteTimeout"));
        seconds(spec.idleTimeout(), Field.SPEC.of("idleTimeout"));
    }

    /** Tokens carry whole seconds. */
    private void seconds(@Nullable String text, Field at) {
        if (text != null
                && duration(text).filter(given -> given.compareTo(LEAST) < 0).isPresent()) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at, text + " is too short: 1s is the least");
        }
    }

    /** Empty where it is none, which the rules have told already. */
    static Optional<Duration> duration(@Nullable String text) {
        return text != null && GatewayDuration.parse(text) instanceof GatewayDuration.Valid valid
                ? Optional.of(valid.value())
                : Optional.empty();
    }
}
