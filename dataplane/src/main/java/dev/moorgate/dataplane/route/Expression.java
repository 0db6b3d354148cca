package dev.moorgate.dataplane.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/** A regular expression of RE2: a full match in time linear in the input (faults G10), whatever the expression. */
final class Expression {
    /** Instructions of a compiled expression: what one input character may cost. With these, 8 KiB take some 20 ms at the worst. */
    private static final int MOST_INSTRUCTIONS = 2_000;

    private static final String QUANTIFIERS = "*?{";
    private static final String META = "\\.+*?()|[]{}^$";

    private final Pattern pattern;

    private Expression(Pattern pattern) {
        this.pattern = pattern;
    }

    /** @param owner begins the message of the exception that refuses a bad expression */
    static Expression of(String expression, String owner) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(owner + ": not an RE2 expression: " + e.getMessage(), e);
        }
        if (pattern.programSize() > MOST_INSTRUCTIONS) {
            throw new IllegalArgumentException(owner + ": the expression is too large: " + expression);
        }
        return new Expression(pattern);
    }

    boolean matches(CharSequence input) {
        return pattern.matcher(input).matches();
    }

    /**
     * The path elements that every match begins with, without trailing slash; empty where the expression does not open
     * with plain text.
     */
    static String literalPath(String expression) {
        if (expression.indexOf('|') >= 0) {
            return "";
        }
        StringBuilder literal = new StringBuilder();
        for (int i = expression.startsWith("^") ? 1 : 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            if (c == '\\' && i + 1 < expression.length() && META.indexOf(expression.charAt(i + 1)) >= 0) {
                c = expression.charAt(++i);
            } else if (META.indexOf(c) >= 0) {
                break;
            }
            if (i + 1 < expression.length() && QUANTIFIERS.indexOf(expression.charAt(i + 1)) >= 0) {
                break;
            }
            literal.append(c);
        }
        int slash = literal.lastIndexOf("/");
        boolean plain = slash > 0 && literal.charAt(0) == '/' && literal.indexOf("//") < 0;
        return plain ? literal.substring(0, slash) : "";
    }
}
