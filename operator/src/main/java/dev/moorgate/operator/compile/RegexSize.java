package dev.moorgate.operator.compile;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large the program of a RE2 expression would be, without making it: counted repetitions are written out, so that four nested ones
 * of 100 would fill any heap. Never less than about the truth; a malformed expression gets some number.
 */
final class RegexSize {
    private static final long MOST = 1L << 40;
    private static final Pattern REPETITION = Pattern.compile("\\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?}");
    private static final Pattern NAMED_CLASS = Pattern.compile("\\[:\\^?[a-z]+:]");

    private final String expression;
    private final Deque<Long> outer = new ArrayDeque<>();
    private long sum;
    private long atom;
    private int at;

    private RegexSize(String expression) {
        this.expression = expression;
    }

    static long of(String expression) {
        return new RegexSize(expression).count();
    }

    private long count() {
        while (at < expression.length()) {
            char c = expression.charAt(at);
            switch (c) {
                case '(' -> {
                    next(0);
                    outer.push(sum);
                    sum = 0;
                    at++;
                }
                case ')' -> {
                    next(0);
                    long inner = sum + 2;
                    sum = outer.isEmpty() ? sum : outer.pop();
                    atom = inner;
                    at++;
                }
                case '[' -> {
                    next(1);
                    skipClass();
                }
                case '\\' -> {
                    next(1);
                    skipEscape();
                }
                case '{' -> repeat();
                case '*', '+', '?', '|' -> {
                    atom++;
                    at++;
                }
                default -> {
                    next(1);
                    at++;
                }
            }
        }
        next(0);
        while (!outer.isEmpty()) {
            sum = Math.min(MOST, sum + outer.pop());
        }
        return sum;
    }

    private void next(long size) {
        sum = Math.min(MOST, sum + atom);
        atom = size;
    }

    private void repeat() {
        Matcher repetition = REPETITION.matcher(expression).region(at, expression.length());
        if (!repetition.lookingAt()) {
            next(1);
            at++;
            return;
        }
        long times = Long.parseLong(repetition.group(1)) + 1;
        if (repetition.group(3) != null && !repetition.group(3).isEmpty()) {
            times = Long.parseLong(repetition.group(3)) * 2;
        }
        atom = Math.min(MOST, atom * Math.max(1, times));
        at = repetition.end();
    }

    private void skipClass() {
        at++;
        if (at < expression.length() && expression.charAt(at) == '^') {
            at++;
        }
        boolean isFirst = true;
        while (at < expression.length() && (isFirst || expression.charAt(at) != ']')) {
            isFirst = false;
            Matcher named = NAMED_CLASS.matcher(expression).region(at, expression.length());
            if (named.lookingAt()) {
                at = named.end();
            } else {
                at += expression.charAt(at) == '\\' ? 2 : 1;
            }
        }
        at++;
    }

    /** A quoted text counts as its characters. */
    private void skipEscape() {
        if (expression.startsWith("\\Q", at)) {
            int end = expression.indexOf("\\E", at);
            end = end < 0 ? expression.length() : end;
            atom = (long) end - at;
            at = end + 2;
        } else {
            boolean isNamed = at + 1 < expression.length() && "xpP".indexOf(expression.charAt(at + 1)) >= 0;
            at += 2;
            if (isNamed && at < expression.length() && expression.charAt(at) == '{') {
                int end = expression.indexOf('}', at);
                at = end < 0 ? expression.length() : end + 1;
            }
        }
    }
}
