package dev.moorgate.operator.compile;

import dev.moorgate.operator.conditions.Reason;
import java.util.Locale;
import java.util.Optional;

/** Paths of exact and prefix matches, in the normal form that requests are compared in (RFC 3986 6.2.2). */
public final class Paths {
    private static final String FIX =
            "write an absolute path of the characters A-Z a-z 0-9 - . _ ~ ! $ & ' ( ) * + , ; = : @ / and %XX";

    private Paths() {}

    /** The path in normal form, or a mistake that says which rule of Gateway API's HTTPPathMatch it breaks. */
    public static Optional<String> normal(String path, Field at, Mistakes mistakes) {
        String wrong = wrong(path);
        String normal = wrong.isEmpty() && path.indexOf('%') >= 0 ? unescape(path) : path;
        if (wrong.isEmpty()) {
            wrong = wrong(normal);
        }
        if (!wrong.isEmpty()) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at, "\"" + Tokens.shown(path) + "\" " + wrong + ": " + FIX);
            return Optional.empty();
        }
        return Optional.of(normal);
    }

    private static String wrong(String path) {
        if (!path.startsWith("/")) {
            return "does not start with '/'";
        }
        if (path.length() > 1024) {
            return "has more than 1024 characters";
        }
        if (path.contains("//")) {
            return "has an empty element '//'";
        }
        if (path.contains("/./") || path.contains("/../") || path.endsWith("/.") || path.endsWith("/..")) {
            return "has a dot element";
        }
        String lower = path.toLowerCase(Locale.ROOT);
        if (lower.contains("%2f")) {
            return "has an encoded slash";
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%') {
                if (i + 2 >= path.length() || hex(path.charAt(i + 1)) < 0 || hex(path.charAt(i + 2)) < 0) {
                    return "has a '%' without two hexadecimal digits";
                }
                if (hex(path.charAt(i + 1)) == 0 && hex(path.charAt(i + 2)) == 0) {
                    return "has an encoded NUL";
                }
            } else if (!isPlain(c)) {
                return "has the character '" + Tokens.shown(String.valueOf(c)) + "'";
            }
        }
        return "";
    }

    /** Escapes of unreserved characters are undone, the others get capitals. */
    private static String unescape(String path) {
        StringBuilder normal = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%') {
                char decoded = (char) (hex(path.charAt(i + 1)) << 4 | hex(path.charAt(i + 2)));
                if (isUnreserved(decoded)) {
                    normal.append(decoded);
                } else {
                    normal.append(path.substring(i, i + 3).toUpperCase(Locale.ROOT));
                }
                i += 2;
            } else {
                normal.append(c);
            }
        }
        return normal.toString();
    }

    private static boolean isPlain(char c) {
        return isUnreserved(c) || "/!$&'()*+,;=:@".indexOf(c) >= 0;
    }

    private static boolean isUnreserved(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~".indexOf(c) >= 0;
    }

    private static int hex(char c) {
        return Character.digit(c, 16);
    }
}
