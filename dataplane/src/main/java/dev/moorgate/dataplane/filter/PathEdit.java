package dev.moorgate.dataplane.filter;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Filter.PathRewrite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A compiled change of the path (Gateway API HTTPPathModifier, and RE2 substitution). What it makes is a legal path. */
sealed interface PathEdit {
    String PLAIN = "-._~!$&'()*+,;=:@/";

    /** The path after the edit, beginning with a slash. */
    String apply(String path);

    /**
     * Compiles a rewrite.
     *
     * @throws IllegalArgumentException for an expression that RE2 refuses
     */
    static PathEdit of(PathRewrite rewrite) {
        return switch (rewrite) {
            case PathRewrite.Full full -> new Full(encode(full.path()));
            case PathRewrite.Prefix prefix -> Prefix.of(prefix.prefix(), prefix.replacement());
            case PathRewrite.Regex regex -> Regex.of(regex.pattern(), regex.substitution());
        };
    }

    /**
     * The normal form of what edits have made, as that of every path that comes in: a backend must not find in it what no client may
     * send. What leads above the root is the root.
     */
    static String settle(String path) {
        if (!path.contains("//") && !path.contains("/.") && path.indexOf('%') < 0) {
            return path;
        }
        String normal = RequestHead.normalPath(path);
        return normal == null ? "/" : normal;
    }

    /** Percent-encodes what may not stand in a path; escapes that are there stay. */
    static String encode(String path) {
        StringBuilder out = new StringBuilder(path.length() + 8);
        if (!path.startsWith("/")) {
            out.append('/');
        }
        for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xff);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (letter || c == '%' || PLAIN.indexOf(c) >= 0) {
                out.append(c);
            } else {
                escape(out, c);
            }
        }
        for (int i = out.indexOf("%"); i >= 0; i = out.indexOf("%", i + 1)) {
            boolean whole = i + 2 < out.length()
                    && Character.digit(out.charAt(i + 1), 16) >= 0
                    && Character.digit(out.charAt(i + 2), 16) >= 0;
            if (!whole) {
                out.insert(i + 1, "25");
            }
        }
        return out.toString();
    }

    private static void escape(StringBuilder out, int octet) {
        out.append('%')
                .append(Character.toUpperCase(Character.forDigit(octet >> 4, 16)))
                .append(Character.toUpperCase(Character.forDigit(octet & 0xf, 16)));
    }

    /** Another path. */
    record Full(String path) implements PathEdit {
        @Override
        public String apply(String before) {
            return path;
        }
    }

    /** Another beginning, by path element: a slash is neither doubled nor lost. */
    record Prefix(String prefix, String replacement, String stem) implements PathEdit {
        static Prefix of(String prefix, String replacement) {
            String with = replacement.isEmpty() ? "/" : encode(replacement);
            return new Prefix(trim(prefix), with, trim(with));
        }

        private static String trim(String path) {
            int end = path.length();
            while (end > 0 && path.charAt(end - 1) == '/') {
                end--;
            }
            return path.substring(0, end);
        }

        @Override
        public String apply(String path) {
            int end = prefix.length();
            if (!path.startsWith(prefix) || path.length() > end && path.charAt(end) != '/') {
                return path;
            }
            return path.length() == end ? replacement : stem + path.substring(end);
        }
    }

    /** Every match becomes the substitution: {@code $1}, {@code ${1}} and {@code \1} are groups, {@code $$} a dollar. */
    record Regex(Pattern pattern, List<Part> parts) implements PathEdit {
        /** Text, or a group where {@code group} is not negative. */
        record Part(String text, int group) {}

        static Regex of(String expression, String substitution) {
            Pattern pattern;
            try {
                pattern = Pattern.compile(expression);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException("rewrite: not an RE2 expression: " + e.getMessage(), e);
            }
            return new Regex(pattern, parts(substitution, pattern.groupCount()));
        }

        private static List<Part> parts(String substitution, int groups) {
            List<Part> parts = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            int i = 0;
            while (i < substitution.length()) {
                char c = substitution.charAt(i++);
                if (c != '$' && c != '\\' || i == substitution.length()) {
                    text.append(c);
                    continue;
                }
                boolean braced = c == '$' && substitution.charAt(i) == '{';
                int from = braced ? i + 1 : i;
                int to = from;
                while (to < substitution.length() && to < from + 2 && Character.isDigit(substitution.charAt(to))) {
                    to++;
                }
                if (to == from) {
                    text.append(substitution.charAt(i++));
                    continue;
                }
                int group = Integer.parseInt(substitution.substring(from, to));
                if (group > groups) {
                    throw new IllegalArgumentException(
                            "rewrite: the substitution names group " + group + " of " + groups);
                }
                if (!text.isEmpty()) {
                    parts.add(new Part(text.toString(), -1));
                    text.setLength(0);
                }
                parts.add(new Part("", group));
                i = braced && to < substitution.length() && substitution.charAt(to) == '}' ? to + 1 : to;
            }
            if (!text.isEmpty()) {
                parts.add(new Part(text.toString(), -1));
            }
            return List.copyOf(parts);
        }

        @Override
        public String apply(String path) {
            Matcher matcher = pattern.matcher(path);
            if (!matcher.find()) {
                return path;
            }
            StringBuilder out = new StringBuilder(path.length() + 16);
            int copied = 0;
            do {
                out.append(path, copied, matcher.start());
                for (Part part : parts) {
                    String text = part.group < 0 ? part.text : matcher.group(part.group);
                    out.append(text == null ? "" : text);
                }
                copied = matcher.end();
            } while (matcher.find());
            return encode(out.append(path, copied, path.length()).toString());
        }
    }
}
