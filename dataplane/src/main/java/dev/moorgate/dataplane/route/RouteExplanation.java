package dev.moorgate.dataplane.route;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.VirtualHost;
import java.util.List;
import java.util.Optional;

/**
 * Why a request went where it did, told by the very matchers that route: the virtual hosts that were asked, in order, and
 * every route that its path leads to, in order of precedence.
 *
 * @param hosts patterns asked, the most specific first; empty: no virtual host covers the request's host
 */
public record RouteExplanation(List<HostPattern> hosts, List<Candidate> candidates) {
    /** How a candidate fared. */
    public enum Verdict {
        WINS,
        /** It matches, but one before it took the request. */
        COMES_LATER,
        /** A part of its match does not hold. */
        MISMATCH,
        /** Its virtual host is not asked: a more specific one has ended the search. */
        HOST_NOT_ASKED
    }

    /**
     * A route whose path fits the request (regular expressions: whose literal beginning does).
     *
     * @param failed the part of the match that does not hold, for MISMATCH: {@code header x-canary = always}
     */
    public record Candidate(Route route, HostPattern host, Verdict verdict, String failed) {}

    static RouteExplanation of(List<HostPattern> hosts, List<Candidate> candidates) {
        return new RouteExplanation(List.copyOf(hosts), List.copyOf(candidates));
    }

    /** The route that takes the request. */
    public Optional<Route> winner() {
        return candidates.stream()
                .filter(candidate -> candidate.verdict() == Verdict.WINS)
                .map(Candidate::route)
                .findFirst();
    }

    /** Adds the candidates of one virtual host; answers whether the next one is asked. */
    static boolean add(List<Candidate> to, Router.HostRoutes<?> here, RequestHead head, boolean asked) {
        boolean open = asked;
        for (int place : here.index().candidates(head.path())) {
            Route route = here.host().routes().get(place);
            RequestTest failed = here.index().matcher(place).mismatch(head);
            Verdict verdict = failed != null
                    ? Verdict.MISMATCH
                    : !asked ? Verdict.HOST_NOT_ASKED : open ? Verdict.WINS : Verdict.COMES_LATER;
            open &= verdict != Verdict.WINS;
            to.add(new Candidate(route, here.host().host(), verdict, failed == null ? "" : failed.toString()));
        }
        return open && here.host().unmatched() == VirtualHost.Unmatched.NEXT_HOST;
    }
}
