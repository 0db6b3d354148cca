package dev.moorgate.dataplane.route;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route's match but for the exact or prefix path, which the index has found: cheap tests first, expressions on the path
 * before those on fields. Immutable.
 */
final class RouteMatcher {
    /** The path is all that is asked for. */
    private static final RouteMatcher ANY = new RouteMatcher(List.of(), false);

    private final RequestTest[] tests;
    private final boolean hasExpression;

    private RouteMatcher(List<RequestTest> tests, boolean hasExpression) {
        this.tests = tests.toArray(RequestTest[]::new);
        this.hasExpression = hasExpression;
    }

    static RouteMatcher of(RouteMatch match, String route) {
        if (isOfPath(match)) {
            return ANY;
        }
        String owner = "route " + route;
        List<RequestTest> tests = new ArrayList<>();
        if (!match.methods().isEmpty()) {
            tests.add(RequestTest.MethodTest.of(match.methods()));
        }
        if (match.path().kind() == PathMatch.Kind.REGEX) {
            String text = match.path().value();
            tests.add(new RequestTest.PathExpression(Expression.of(text, owner), text));
        }
        match.grpc().ifPresent(call -> tests.add(RequestTest.GrpcTest.of(call, owner)));
        for (FieldMatch header : match.headers()) {
            tests.add(RequestTest.HeaderTest.of(header, owner));
        }
        for (FieldMatch cookie : match.cookies()) {
            tests.add(new RequestTest.CookieTest(cookie.name(), RequestTest.ValueTest.of(cookie, owner)));
        }
        for (FieldMatch parameter : match.query()) {
            tests.add(new RequestTest.QueryTest(parameter.name(), RequestTest.ValueTest.of(parameter, owner)));
        }
        boolean expression = match.path().kind() == PathMatch.Kind.REGEX
                || match.grpc().filter(RouteMatch.GrpcMatch::regex).isPresent()
                || hasExpression(match.headers())
                || hasExpression(match.query())
                || hasExpression(match.cookies());
        return new RouteMatcher(tests, expression);
    }

    private static boolean isOfPath(RouteMatch match) {
        return match.path().kind() != PathMatch.Kind.REGEX
                && match.methods().isEmpty()
                && match.headers().isEmpty()
                && match.query().isEmpty()
                && match.cookies().isEmpty()
                && match.grpc().isEmpty();
    }

    private static boolean hasExpression(List<FieldMatch> fields) {
        return fields.stream().anyMatch(field -> field.kind() == FieldMatch.Kind.REGEX);
    }

    /** It takes whatever comes to its path. */
    boolean isEmpty() {
        return tests.length == 0;
    }

    /** Whether making it anew would compile a regular expression. */
    boolean hasExpression() {
        return hasExpression;
    }

    /** The first test that the request fails; null where it passes all. */
    @Nullable
    RequestTest mismatch(RequestHead head) {
        for (RequestTest test : tests) {
            if (!test.holds(head)) {
                return test;
            }
        }
        return null;
    }
}
