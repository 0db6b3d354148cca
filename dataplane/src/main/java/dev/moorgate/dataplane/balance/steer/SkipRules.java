package dev.moorgate.dataplane.balance.steer;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession.Skip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which requests begin no session. Immutable; any thread. */
public final class SkipRules {
    private final List<Rule> rules;

    /** @param expression of a path of kind REGEX; null with other kinds */
    private record Rule(Skip skip, @Nullable Pattern expression) {
        boolean matches(RequestHead head) {
            return (skip.methods().isEmpty() || skip.methods().contains(head.method())) && matches(head.path());
        }

        private boolean matches(String path) {
            String value = skip.path().value();
            return switch (skip.path().kind()) {
                case EXACT -> path.equals(value);
                case PREFIX ->
                    path.startsWith(value) && (path.length() == value.length() || path.charAt(value.length()) == '/');
                case REGEX -> expression != null && expression.matcher(path).matches();
            };
        }
    }

    /** @throws IllegalArgumentException where an expression is none */
    public SkipRules(List<Skip> skips) {
        rules = skips.stream().map(SkipRules::rule).toList();
    }

    private static Rule rule(Skip skip) {
        if (skip.path().kind() != PathMatch.Kind.REGEX) {
            return new Rule(skip, null);
        }
        try {
            return new Rule(skip, Pattern.compile(skip.path().value()));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("skip: not an RE2 expression: " + e.getMessage(), e);
        }
    }

    /** Whether one of them takes a request. */
    public boolean matches(RequestHead head) {
        for (Rule rule : rules) {
            if (rule.matches(head)) {
                return true;
            }
        }
        return false;
    }
}
