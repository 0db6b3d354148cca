package dev.moorgate.dataplane.route;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one virtual host, found by path. One walk over the path hashes it and asks for a prefix at every slash;
 * the deepest prefix that is there knows the next shorter one. A regular expression stands with the prefix that its
 * literal beginning gives it. Among all that match, the first in the routes' order wins, whatever its kind. Immutable.
 */
final class PathIndex {
    /** Places of the routes at one exact path or prefix, ascending, and the next shorter prefix that has any. */
    private static final class Branch {
        private static final int[] NO_MORE = {};

        final String path;
        final int place;
        /** Those behind it: most paths have none. */
        final int[] more;

        final @Nullable Branch shorter;

        Branch(String path, Places places, @Nullable Branch shorter) {
            this.path = path;
            int[] all = places.toArray();
            this.place = all[0];
            this.more = all.length == 1 ? NO_MORE : Arrays.copyOfRange(all, 1, all.length);
            this.shorter = shorter;
        }
    }

    /** Places while they are gathered: most paths have one. */
    private static final class Places {
        private int[] items = new int[1];
        private int count;

        void add(int place) {
            if (count == items.length) {
                items = Arrays.copyOf(items, count * 2);
            }
            items[count++] = place;
        }

        int[] toArray() {
            return count == items.length ? items : Arrays.copyOf(items, count);
        }
    }

    private static final int NONE = Integer.MAX_VALUE;

    private final List<RouteMatch> matches;
    private final RouteMatcher[] matchers;
    /** No route looks at anything but the path. */
    private final boolean plain;

    private final CharTable<Branch> exact;
    private final CharTable<Branch> prefixes;
    private final @Nullable Branch root;

    private PathIndex(List<Route> routes, Map<RouteMatch, RouteMatcher> known) {
        matches = routes.stream().map(Route::match).toList();
        matchers = new RouteMatcher[routes.size()];
        Map<String, Places> exactPlaces = new LinkedHashMap<>();
        Map<String, Places> prefixPlaces = new LinkedHashMap<>();
        for (int place = 0; place < matchers.length; place++) {
            RouteMatch match = matches.get(place);
            RouteMatcher matcher = known.isEmpty() ? null : known.get(match);
            matchers[place] =
                    matcher == null ? RouteMatcher.of(match, routes.get(place).name()) : matcher;
            PathMatch where = where(match);
            (where.kind() == PathMatch.Kind.EXACT ? exactPlaces : prefixPlaces)
                    .computeIfAbsent(where.value(), path -> new Places())
                    .add(place);
        }
        plain = Arrays.stream(matchers).allMatch(RouteMatcher::isEmpty);
        exact = table(exactPlaces.entrySet().stream()
                .map(entry -> new Branch(entry.getKey(), entry.getValue(), null))
                .toList());
        Map<String, Branch> branches = new HashMap<>();
        List<Branch> made = new ArrayList<>();
        List<Map.Entry<String, Places>> shortestFirst = new ArrayList<>(prefixPlaces.entrySet());
        shortestFirst.sort(Comparator.comparingInt(entry -> entry.getKey().length()));
        for (Map.Entry<String, Places> entry : shortestFirst) {
            String path = entry.getKey();
            Branch branch = new Branch(path, entry.getValue(), shorter(path, branches));
            branches.put(path, branch);
            if (!path.isEmpty()) {
                made.add(branch);
            }
        }
        root = branches.get("");
        prefixes = table(made);
    }

    /** Compiles routes in their order; matchers with an equal match are taken from the previous index. */
    static PathIndex of(List<Route> routes, @Nullable PathIndex previous) {
        Map<RouteMatch, RouteMatcher> known = new HashMap<>();
        if (previous != null) {
            for (int i = 0; i < previous.matchers.length; i++) {
                if (previous.matchers[i].hasExpression()) {
                    known.put(previous.matches.get(i), previous.matchers[i]);
                }
            }
        }
        return new PathIndex(routes, known);
    }

    /** Where in the index a match stands: every path that it takes passes there. */
    private static PathMatch where(RouteMatch match) {
        PathMatch path = match.path();
        if (path.kind() == PathMatch.Kind.REGEX) {
            return PathMatch.prefix(Expression.literalPath(path.value()));
        }
        Optional<GrpcMatch> grpc = match.grpc().filter(call -> !call.regex());
        if (path.equals(PathMatch.ALL) && grpc.isPresent()) {
            Optional<String> service = grpc.get().service();
            Optional<String> method = grpc.get().method();
            if (service.isPresent()) {
                return method.map(name -> PathMatch.exact("/" + service.get() + "/" + name))
                        .orElseGet(() -> PathMatch.prefix("/" + service.get()));
            }
        }
        return path;
    }

    private static CharTable<Branch> table(List<Branch> branches) {
        return CharTable.of(branches, branch -> branch.path, String::hashCode);
    }

    private static @Nullable Branch shorter(String path, Map<String, Branch> branches) {
        String prefix = path;
        while (!prefix.isEmpty()) {
            prefix = prefix.substring(0, Math.max(prefix.lastIndexOf('/'), 0));
            Branch branch = branches.get(prefix);
            if (branch != null) {
                return branch;
            }
        }
        return null;
    }

    /** Place of the first route that takes the request, or -1. */
    int find(String path, RequestHead head) {
        int length = path.length();
        boolean mayBeExact = length <= exact.longestKey();
        int walk = mayBeExact ? length : Math.min(length, prefixes.longestKey() + 1);
        Branch deepest = root;
        int hash = 0;
        for (int i = 0; i < walk; i++) {
            char c = path.charAt(i);
            if (c == '/' && i > 0) {
                Branch branch = prefixes.get(path, 0, i, hash);
                deepest = branch == null ? deepest : branch;
            }
            hash = 31 * hash + c;
        }
        int best = NONE;
        if (walk == length) {
            Branch branch = prefixes.get(path, 0, length, hash);
            deepest = branch == null ? deepest : branch;
            best = mayBeExact ? first(exact.get(path, 0, length, hash), best, head) : best;
        }
        for (Branch branch = deepest; branch != null; branch = branch.shorter) {
            best = first(branch, best, head);
        }
        return best == NONE ? -1 : best;
    }

    private int first(@Nullable Branch branch, int best, RequestHead head) {
        if (branch == null || branch.place >= best) {
            return best;
        }
        if (plain || matchers[branch.place].mismatch(head) == null) {
            return branch.place;
        }
        for (int place : branch.more) {
            if (place >= best) {
                break;
            }
            if (matchers[place].mismatch(head) == null) {
                return place;
            }
        }
        return best;
    }

    int size() {
        return matchers.length;
    }

    RouteMatcher matcher(int place) {
        return matchers[place];
    }

    /** Places whose path may fit, ascending: exactly those that {@link #find} looks at, and would without a winner. */
    List<Integer> candidates(String path) {
        List<Integer> found = new ArrayList<>();
        add(found, exact.get(path, 0, path.length(), path.hashCode()));
        Branch deepest = root;
        for (int i = 1; i <= path.length(); i++) {
            if (i == path.length() || path.charAt(i) == '/') {
                String prefix = path.substring(0, i);
                Branch branch = prefixes.get(prefix, 0, i, prefix.hashCode());
                deepest = branch == null ? deepest : branch;
            }
        }
        for (Branch branch = deepest; branch != null; branch = branch.shorter) {
            add(found, branch);
        }
        found.sort(null);
        return found;
    }

    private static void add(List<Integer> found, @Nullable Branch branch) {
        if (branch != null) {
            found.add(branch.place);
            for (int place : branch.more) {
                found.add(place);
            }
        }
    }

    /** Slots looked at for the unluckiest path. */
    int longestProbe() {
        return Math.max(exact.longestProbe(), prefixes.longestProbe());
    }
}
