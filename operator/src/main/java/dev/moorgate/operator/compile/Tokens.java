package dev.moorgate.operator.compile;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.moorgate.operator.conditions.Reason;
import java.util.Locale;
import java.util.Optional;

/** Checks of the small texts that rules are made of: header names and values, paths and expressions. */
public final class Tokens {
    private static final int LONGEST_EXPRESSION = 1024;
    /** An estimate; beyond it the program is not even made. */
    private static final int LARGEST_ESTIMATE = 10_000;
    /**
     * Instructions. RE2 looks at each at most once a character, at up to 12 ns: the longest path, 8 KiB, takes 50 ms at most
     * (faults G10).
     */
    private static final int LARGEST_PROGRAM = 500;

    private Tokens() {}

    /** The name in lower case; a mistake where it is no token (RFC 9110 5.6.2). */
    public static Optional<String> headerName(String name, Field at, Mistakes mistakes) {
        if (!isToken(name)) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "\"" + shown(name) + "\" is no header name: use letters, digits and hyphens");
            return Optional.empty();
        }
        return Optional.of(name.toLowerCase(Locale.ROOT));
    }

    /** RFC 9110 5.6.2. */
    public static boolean isToken(String text) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(c -> c >= 'a' && c <= 'z'
                                || c >= 'A' && c <= 'Z'
                                || c >= '0' && c <= '9'
                                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }

    /** The value; a mistake where it has a character that no header may carry (RFC 9110 5.5). */
    public static Optional<String> headerValue(String value, Field at, Mistakes mistakes) {
        if (!value.chars().allMatch(c -> c == '\t' || c >= 0x20 && c < 0x7f || c >= 0x80 && c <= 0xff)) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "the value has a character that no header may carry: remove line breaks and control characters");
            return Optional.empty();
        }
        return Optional.of(value.strip());
    }

    /** The expression; a mistake where RE2 does not take it or its program would be large. */
    public static Optional<String> regex(String expression, Field at, Mistakes mistakes) {
        if (expression.isEmpty()) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at, "the expression is empty: write a RE2 expression");
            return Optional.empty();
        }
        if (expression.length() > LONGEST_EXPRESSION) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "the expression has " + expression.length() + " characters: use at most " + LONGEST_EXPRESSION);
            return Optional.empty();
        }
        try {
            if (RegexSize.of(expression) > LARGEST_ESTIMATE
                    || Pattern.compile(expression).programSize() > LARGEST_PROGRAM) {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at,
                        "the expression is too large when its repetitions are written out: use smaller ones, or + and *");
                return Optional.empty();
            }
            return Optional.of(expression);
        } catch (PatternSyntaxException e) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "not a RE2 expression: " + e.getDescription()
                            + "; look-around and back-references are not supported");
            return Optional.empty();
        }
    }

    /** A text of a user as messages may quote it: short, and without control characters. */
    public static String shown(String text) {
        String clean = text.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .limit(64)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return text.codePointCount(0, text.length()) > 64 ? clean + "…" : clean;
    }
}
