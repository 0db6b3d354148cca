package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;

/**
 * The place of one match among those of one virtual host, by the clauses of Gateway API's HTTPRouteRule.matches and, for calls,
 * GRPCRouteRule.matches; a host never has both. The hostname comes first, as the route's author wrote it: two that a narrower listener
 * made equal still differ here.
 *
 * <p>Regular expressions have no place in the specification: they stand after exact paths and before prefixes, longer ones first
 * (docs/decisions/0010-order-of-precedence.md), and so do those on services and methods. Cookie matches of a RouteFilter count as header matches.
 *
 * @param hostname as written on the route; ANY where it has none
 * @param created time of creation as Kubernetes writes it (RFC 3339 in UTC); empty, standalone only: after all others
 * @param route {@code namespace/name}
 * @param isBroken a filter of the rule leads nowhere: what it would have narrowed is not known, so that the rule stands behind its equals
 * @param rule position of the rule in its route, then of the match in its rule, then of the narrowing of a RouteFilter
 */
public record Precedence(
        HostPattern hostname,
        RouteMatch match,
        boolean isBroken,
        String created,
        String route,
        int rule,
        int position,
        int narrowing)
        implements Comparable<Precedence> {
    private static final Comparator<Precedence> ORDER = Comparator.comparing(
                    Precedence::hostname, Hostnames::bySpecificity)
            .thenComparingInt(precedence -> kind(precedence.match.path()))
            .thenComparing(Comparator.comparingInt(Precedence::pathLength).reversed())
            .thenComparing(precedence -> precedence.match.grpc(), Precedence::byCall)
            .thenComparing(precedence -> precedence.match.methods().isEmpty())
            .thenComparing(Comparator.comparingInt(Precedence::fields).reversed())
            .thenComparing(Comparator.comparingInt(
                            (Precedence precedence) -> precedence.match.query().size())
                    .reversed())
            .thenComparing(Precedence::isBroken)
            .thenComparing(precedence -> precedence.created.isEmpty())
            .thenComparing(Precedence::created)
            .thenComparing(Precedence::route)
            .thenComparingInt(Precedence::rule)
            .thenComparingInt(Precedence::position)
            .thenComparingInt(Precedence::narrowing);

    /** The same match for another of the route's hostnames. */
    public Precedence withHostname(HostPattern written) {
        return new Precedence(written, match, isBroken, created, route, rule, position, narrowing);
    }

    private static int kind(PathMatch path) {
        return switch (path.kind()) {
            case EXACT -> 0;
            case REGEX -> 1;
            case PREFIX -> 2;
        };
    }

    /** The service first, then the method: a name, the longer expression, none. */
    private static int byCall(Optional<GrpcMatch> one, Optional<GrpcMatch> other) {
        int order = byPart(one, other, GrpcMatch::service);
        return order != 0 ? order : byPart(one, other, GrpcMatch::method);
    }

    private static int byPart(
            Optional<GrpcMatch> one, Optional<GrpcMatch> other, Function<GrpcMatch, Optional<String>> part) {
        Optional<String> text = one.flatMap(part);
        Optional<String> otherText = other.flatMap(part);
        int order = Integer.compare(kind(one, text), kind(other, otherText));
        return order != 0
                ? order
                : Integer.compare(otherText.orElse("").length(), text.orElse("").length());
    }

    private static int kind(Optional<GrpcMatch> match, Optional<String> part) {
        if (part.isEmpty()) {
            return 2;
        }
        return match.filter(GrpcMatch::regex).isPresent() ? 1 : 0;
    }

    private int pathLength() {
        return match.path().value().length();
    }

    private int fields() {
        return match.headers().size() + match.cookies().size();
    }

    @Override
    public int compareTo(Precedence other) {
        return ORDER.compare(this, other);
    }
}
