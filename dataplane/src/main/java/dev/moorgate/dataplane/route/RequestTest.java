package dev.moorgate.dataplane.route;

import dev.moorgate.dataplane.http.CookieScan;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.QueryString;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a route demands of a request. Values in tables are Unicode, bytes on the wire are taken as UTF-8.
 * Prints itself as people would say it: {@code header x-canary = always}.
 */
sealed interface RequestTest {
    boolean holds(RequestHead head);

    /** A path regex. */
    record PathExpression(Expression expression, String text) implements RequestTest {
        @Override
        public boolean holds(RequestHead head) {
            return expression.matches(head.path());
        }

        @Override
        public String toString() {
            return "path ~ " + text;
        }
    }

    /** One of some methods. */
    record MethodTest(List<String> methods, int known) implements RequestTest {
        static MethodTest of(List<String> methods) {
            int known = 0;
            for (String method : methods) {
                known |= 1 << Methods.idOf(method);
            }
            return new MethodTest(methods, known & ~(1 << Methods.OTHER));
        }

        @Override
        public boolean holds(RequestHead head) {
            int id = head.methodId();
            return id == Methods.OTHER ? methods.contains(head.method()) : ((known >>> id) & 1) != 0;
        }

        @Override
        public String toString() {
            return "method " + String.join(" or ", methods);
        }
    }

    /** A header; several fields of one name count as one list (RFC 9110 5.3). */
    record HeaderTest(String name, int id, ValueTest value) implements RequestTest {
        static HeaderTest of(FieldMatch match, String owner) {
            return new HeaderTest(match.name(), Fields.idOf(match.name()), ValueTest.of(match, owner));
        }

        @Override
        public boolean holds(RequestHead head) {
            int first = next(head, 0);
            if (first < 0) {
                return false;
            }
            int second = next(head, first + 1);
            if (second < 0) {
                byte[] exact = value.exact;
                return exact == null ? value.holds(head.valueString(first)) : head.valueEquals(first, exact);
            }
            StringBuilder joined = new StringBuilder(head.valueString(first));
            for (int i = second; i >= 0; i = next(head, i + 1)) {
                joined.append(", ").append(head.valueString(i));
            }
            return value.holds(joined.toString());
        }

        /** Also sees what is not forwarded, so that a rule may look at Upgrade. */
        private int next(RequestHead head, int from) {
            for (int i = from; i < head.fieldCount(); i++) {
                if (head.fieldId(i) == id && (id != Fields.OTHER || head.nameEquals(i, name))) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public String toString() {
            return "header " + name + value;
        }
    }

    /** A query parameter, decoded; the first of its name counts (Gateway API). */
    record QueryTest(String name, ValueTest value) implements RequestTest {
        @Override
        public boolean holds(RequestHead head) {
            String found = QueryString.first(head.query(), name);
            return found != null && value.holdsText(found);
        }

        @Override
        public String toString() {
            return "query " + name + value;
        }
    }

    /** A cookie; the first of its name counts. */
    record CookieTest(String name, ValueTest value) implements RequestTest {
        @Override
        public boolean holds(RequestHead head) {
            String found = new CookieScan(head, name).nextValue();
            return found != null && value.holds(found);
        }

        @Override
        public String toString() {
            return "cookie " + name + value;
        }
    }

    /** A gRPC call by its path, {@code /service/method}. */
    record GrpcTest(GrpcMatch match, Optional<Expression> service, Optional<Expression> method) implements RequestTest {
        static GrpcTest of(GrpcMatch match, String owner) {
            Optional<Expression> service =
                    match.service().filter(text -> match.regex()).map(t -> Expression.of(t, owner));
            Optional<Expression> method =
                    match.method().filter(text -> match.regex()).map(t -> Expression.of(t, owner));
            return new GrpcTest(match, service, method);
        }

        @Override
        public boolean holds(RequestHead head) {
            String path = head.path();
            int slash = path.indexOf('/', 1);
            if (slash < 0 || path.indexOf('/', slash + 1) >= 0) {
                return false;
            }
            return part(path, 1, slash, match.service(), service)
                    && part(path, slash + 1, path.length(), match.method(), method);
        }

        private static boolean part(
                String path, int start, int end, Optional<String> text, Optional<Expression> expression) {
            if (expression.isPresent()) {
                return expression.get().matches(path.substring(start, end));
            }
            return text.isEmpty() || text.get().length() == end - start && path.startsWith(text.get(), start);
        }

        @Override
        public String toString() {
            return "gRPC call " + match.service().orElse("*") + "/"
                    + match.method().orElse("*");
        }
    }

    /** What is demanded of a value: exactly this text, a full match, or (neither) any. */
    final class ValueTest {
        private final String text;
        private final byte @Nullable [] exact;
        private final @Nullable Expression expression;

        private ValueTest(String text, byte @Nullable [] exact, @Nullable Expression expression) {
            this.text = text;
            this.exact = exact;
            this.expression = expression;
        }

        static ValueTest of(FieldMatch match, String owner) {
            return switch (match.kind()) {
                case EXACT -> new ValueTest(match.value(), match.value().getBytes(StandardCharsets.UTF_8), null);
                case REGEX -> new ValueTest(match.value(), null, Expression.of(match.value(), owner));
                case PRESENT -> new ValueTest("", null, null);
            };
        }

        /** @param value one char a byte, as heads give it */
        boolean holds(String value) {
            return holdsText(isAscii(value) ? value : utf8(value));
        }

        boolean holdsText(String value) {
            if (expression != null) {
                return expression.matches(value);
            }
            return exact == null || value.equals(text);
        }

        private static boolean isAscii(String value) {
            for (int i = 0; i < value.length(); i++) {
                if (value.charAt(i) >= 0x80) {
                    return false;
                }
            }
            return true;
        }

        private static String utf8(String bytes) {
            return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return expression != null ? " ~ " + text : exact != null ? " = " + text : " is there";
        }
    }
}
