package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Paths;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Rebalance;
import dev.moorgate.operator.crd.StickyPolicySpec.RebalanceMode;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.crd.StickyScope.ImportCookie;
import dev.moorgate.operator.crd.StickyScope.Skip;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Drain;
import dev.moorgate.routetable.StickySession.Form;
import dev.moorgate.routetable.StickySession.ImportedCookie;
import dev.moorgate.routetable.StickySession.Limits;
import dev.moorgate.routetable.StickySession.OldBackend;
import dev.moorgate.routetable.StickySession.Share;
import dev.moorgate.routetable.StickySession.Steering;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a policy says of single endpoints and of other balancers. The leader's word stands in the policy's status, where every
 * replica reads the same; of what somebody else may have written there only what makes sense is taken.
 */
final class SessionExtras {
    private static final int MOST_ENDPOINTS = 1_000;

    private final StickyPolicySpec spec;
    private final List<StickyPolicyStatus.Steering> told;
    private final Function<String, Optional<String>> portName;

    /** @param portName the name of an upstream's port, if it has one */
    SessionExtras(
            StickyPolicySpec spec, @Nullable StickyPolicyStatus status, Function<String, Optional<String>> portName) {
        this.spec = spec;
        this.told = status == null ? List.of() : status.steering();
        this.portName = portName;
    }

    Limits limits() {
        StickyPolicySpec.Limits limits = spec.limits();
        if (limits == null) {
            return Limits.NONE;
        }
        double skew = Objects.requireNonNullElse(limits.maxSkew(), 0.0);
        return new Limits(Objects.requireNonNullElse(limits.maxSessionsPerEndpoint(), 0), (int)
                Math.min(Integer.MAX_VALUE, Math.round(skew * 100)));
    }

    /** @param seat an upstream's name, or those of a split */
    List<ImportedCookie> imports(String seat) {
        return spec.importCookies().stream()
                .map(cookie -> imported(cookie, seat))
                .toList();
    }

    private ImportedCookie imported(ImportCookie cookie, String seat) {
        Form form = cookie.type() == ImportCookie.Type.INGRESS_NGINX ? Form.INGRESS_NGINX : Form.OPAQUE;
        List<OldBackend> backends = form == Form.OPAQUE
                ? List.of()
                : Stream.of(seat.split("\\+", -1)).flatMap(this::nginxNames).toList();
        OptionalLong until = PolicyRules.until(cookie)
                .map(time -> OptionalLong.of(time.getEpochSecond()))
                .orElse(OptionalLong.empty());
        return new ImportedCookie(form, cookie.name(), until, backends);
    }

    /** ingress-nginx calls a backend by namespace, Service and port, the latter as the Ingress wrote it. */
    private Stream<OldBackend> nginxNames(String upstream) {
        String[] parts = upstream.split("/", -1);
        String service = parts[0] + "-" + parts[1] + "-";
        return Stream.concat(Stream.of(parts[2]), portName.apply(upstream).stream())
                .map(port -> new OldBackend(upstream, service + port));
    }

    List<StickySession.Skip> skip() {
        return skip(spec, new Mistakes());
    }

    /** Requests that begin no session; lacks those that cannot be obeyed, and adds a mistake for each. */
    static List<StickySession.Skip> skip(StickyPolicySpec spec, Mistakes mistakes) {
        List<StickySession.Skip> skips = new ArrayList<>();
        for (int i = 0; i < spec.skip().size(); i++) {
            Skip skip = spec.skip().get(i);
            List<String> methods =
                    skip.methods().stream().map(Enum::name).sorted().toList();
            path(skip.path(), Field.SPEC.of("skip", i).of("path").of("value"), mistakes)
                    .ifPresent(path -> skips.add(new StickySession.Skip(path, methods)));
        }
        return skips;
    }

    private static Optional<PathMatch> path(Skip.@Nullable Path path, Field at, Mistakes mistakes) {
        if (path == null) {
            return Optional.of(PathMatch.ALL);
        }
        if (path.value() == null) {
            mistakes.add(Reason.INVALID, at, "is missing");
            return Optional.empty();
        }
        return switch (path.type()) {
            case EXACT -> Paths.normal(path.value(), at, mistakes).map(PathMatch::exact);
            case PATH_PREFIX -> Paths.normal(path.value(), at, mistakes).map(PathMatch::prefix);
            case REGULAR_EXPRESSION ->
                Tokens.regex(path.value(), at, mistakes)
                        .map(expression -> new PathMatch(PathMatch.Kind.REGEX, expression));
        };
    }

    Steering steering(String session) {
        return told.stream()
                .filter(one -> session.equals(one.session()))
                .findFirst()
                .map(one -> new Steering(full(one), rebalance(one.rebalance()), drains(one.draining())))
                .orElse(Steering.NONE);
    }

    private List<String> full(StickyPolicyStatus.Steering one) {
        return spec.limits() == null
                ? List.of()
                : one.full().stream()
                        .filter(key -> !key.isBlank())
                        .distinct()
                        .sorted()
                        .limit(MOST_ENDPOINTS)
                        .toList();
    }

    private static List<Drain> drains(List<StickyPolicyStatus.Draining> told) {
        SortedMap<String, Drain> drains = new TreeMap<>();
        for (StickyPolicyStatus.Draining one : told) {
            long since = since(one.since());
            if (one.endpoint() != null && !one.endpoint().isBlank() && since > 0 && drains.size() < MOST_ENDPOINTS) {
                drains.putIfAbsent(one.endpoint(), new Drain(one.endpoint(), since));
            }
        }
        return List.copyOf(drains.values());
    }

    private Optional<StickySession.Rebalance> rebalance(StickyPolicyStatus.@Nullable Rebalance told) {
        Rebalance rule = spec.rebalance();
        if (told == null || rule == null || rule.mode() == RebalanceMode.PERSISTENT) {
            return Optional.empty();
        }
        long since = since(told.since());
        List<Share> shares = shares(told.shares());
        return since <= 0 || shares.isEmpty()
                ? Optional.empty()
                : Optional.of(new StickySession.Rebalance(
                        since,
                        shares,
                        Objects.requireNonNullElse(rule.maxMovePercentPerMinute(), 0),
                        PolicyRules.duration(rule.minIdle()).orElse(Duration.ZERO)));
    }

    private static long since(@Nullable String text) {
        try {
            return text == null ? 0 : Instant.parse(text).getEpochSecond();
        } catch (DateTimeException e) {
            return 0;
        }
    }

    private static List<Share> shares(List<StickyPolicyStatus.Share> told) {
        Map<String, Share> shares = new HashMap<>();
        for (StickyPolicyStatus.Share one : told) {
            if (one.endpoint() != null
                    && !one.endpoint().isBlank()
                    && one.permyriad() > 0
                    && one.permyriad() <= 10_000) {
                shares.putIfAbsent(one.endpoint(), new Share(one.endpoint(), one.permyriad()));
            }
        }
        List<Share> sorted = new ArrayList<>(shares.values());
        sorted.sort((one, other) -> one.endpoint().compareTo(other.endpoint()));
        return sorted.subList(0, Math.min(sorted.size(), MOST_ENDPOINTS));
    }
}
