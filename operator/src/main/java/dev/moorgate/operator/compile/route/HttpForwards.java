package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.StickySessions.RuleSessions;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The backendRefs of a rule; one that leads nowhere keeps its share, which answers 500 (HTTPRouteRule.backendRefs). */
final class HttpForwards {
    private static final int MOST_WEIGHT = 1_000_000;

    private final Surroundings surroundings;
    private final Mistakes invalid;
    private final Mistakes unresolved;

    HttpForwards(Surroundings surroundings, Mistakes invalid, Mistakes unresolved) {
        this.surroundings = surroundings;
        this.invalid = invalid;
        this.unresolved = unresolved;
    }

    Forward compile(
            @Nullable List<HTTPBackendRef> written, PathMatch match, Field rule, Optional<RuleSessions> sessions) {
        if (written == null || written.isEmpty()) {
            return Forward.NOWHERE;
        }
        List<WeightedUpstream> shares = new ArrayList<>(written.size());
        for (int i = 0; i < written.size(); i++) {
            shares.add(share(written.get(i), match, rule.of("backendRefs", i)));
        }
        Forward forward = new Forward(shares, Optional.empty());
        return sessions.map(found -> found.hold(forward)).orElse(forward);
    }

    private WeightedUpstream share(HTTPBackendRef ref, PathMatch match, Field at) {
        int weight = Objects.requireNonNullElse(ref.getWeight(), 1);
        if (weight < 0 || weight > MOST_WEIGHT) {
            invalid.add(Reason.UNSUPPORTED_VALUE, at.of("weight"), weight + " is no weight: use 0 to " + MOST_WEIGHT);
            weight = 0;
        }
        Optional<String> upstream = surroundings.backend(
                new Backends.Reference(ref.getGroup(), ref.getKind(), ref.getNamespace(), ref.getName(), ref.getPort()),
                at,
                unresolved);
        HttpFilters.Chain chain =
                new HttpFilters(surroundings, invalid, unresolved).compile(ref.getFilters(), match, at);
        if (!chain.narrowings().isEmpty()) {
            invalid.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("filters"),
                    "refers to a filter with matches, which a backendRef cannot have: move it to the rule's filters");
        }
        if (chain.isBroken()) {
            upstream = Optional.empty();
        }
        return new WeightedUpstream(
                upstream, weight, upstream.isEmpty() ? List.of() : chain.filters(), Optional.empty());
    }
}
