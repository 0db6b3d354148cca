package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.TrafficSplit;
import dev.moorgate.operator.crd.StickyTokens.Cookie;
import dev.moorgate.operator.crd.StickyTokens.LifetimeType;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.KeyRing.Algorithm;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.AppCookie;
import dev.moorgate.routetable.StickySession.Binding;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.EmptyPool;
import dev.moorgate.routetable.StickySession.HashOn;
import dev.moorgate.routetable.StickySession.SameSite;
import dev.moorgate.routetable.StickySession.Secure;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.StickySession.Unhealthy;
import dev.moorgate.routetable.StickySession.ZeroWeight;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sessions of one valid policy: one a seat, or one for all with Hash. Remembers those that it made; confined to one compile. */
final class PolicySessions {
    private static final int MOST_NAMES = 8;
    private static final Duration STANDARD_WAIT = Duration.ofSeconds(5);

    private final String owner;
    private final SourceRef source;
    private final StickyPolicySpec spec;
    private final String keyRing;
    private final SessionSeats seats;
    private final SessionExtras extras;
    private final SortedMap<String, StickySession> made = new TreeMap<>();

    /** @param owner what the sessions belong to: the policy by its UID, or a group of policies */
    PolicySessions(
            String owner,
            SourceRef source,
            StickyPolicySpec spec,
            String keyRing,
            SessionSeats seats,
            SessionExtras extras) {
        this.owner = owner;
        this.source = source;
        this.spec = spec;
        this.keyRing = keyRing;
        this.seats = seats;
        this.extras = extras;
    }

    /** The seats of a rule with these upstreams. */
    static List<String> seats(StickyPolicySpec spec, List<String> upstreams) {
        List<String> distinct = upstreams.stream().distinct().sorted().toList();
        boolean asOne = spec.trafficSplit() == TrafficSplit.STICK_TO_BACKEND && distinct.size() > 1;
        return asOne
                ? List.of(String.join("+", distinct))
                : upstreams.stream().distinct().toList();
    }

    /** The policy, or the group of policies, that the sessions belong to. */
    String owner() {
        return owner;
    }

    StickyPolicySpec spec() {
        return spec;
    }

    /** Name of the ring that protects their tokens. */
    String keyRing() {
        return keyRing;
    }

    /** Shows what is in force after defaults. */
    void show(PolicyDraft draft) {
        String names = made().stream()
                .map(StickySession::token)
                .filter(Token.Cookie.class::isInstance)
                .map(token -> ((Token.Cookie) token).name())
                .sorted()
                .distinct()
                .limit(MOST_NAMES)
                .collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            draft.effective("cookieName", names);
        }
        if (spec.hash() == null) {
            draft.effective("binding", word());
            draft.effective("absoluteTimeout", Objects.requireNonNullElse(spec.absoluteTimeout(), "none"));
            draft.effective("idleTimeout", Objects.requireNonNullElse(spec.idleTimeout(), "none"));
        }
    }

    private String word() {
        return switch (spec.binding()) {
            case POD_UID -> "PodUID";
            case POD_NAME -> "PodName";
            case ENDPOINT -> "Endpoint";
        };
    }

    /** Id of the session of one upstream. */
    String ofUpstream(String upstream) {
        return session(upstream);
    }

    Forward hold(Forward forward) {
        List<String> upstreams = forward.upstreams().stream()
                .flatMap(share -> share.upstream().stream())
                .toList();
        List<String> taken = seats(spec, upstreams);
        if (taken.size() == 1 && !upstreams.contains(taken.getFirst())) {
            return new Forward(forward.upstreams(), Optional.of(session(taken.getFirst())));
        }
        return new Forward(
                forward.upstreams().stream()
                        .map(share -> new WeightedUpstream(
                                share.upstream(),
                                share.weight(),
                                share.filters(),
                                share.upstream().map(this::session)))
                        .toList(),
                Optional.empty());
    }

    /** By id. */
    List<StickySession> made() {
        return List.copyOf(made.values());
    }

    private String session(String seat) {
        String id = spec.hash() != null ? owner : owner + ":" + seat;
        made.computeIfAbsent(id, absent -> build(absent, seat));
        return id;
    }

    private StickySession build(String id, String seat) {
        StickySession plain = new StickySession(
                id,
                source,
                token(seats.name(seat)),
                Binding.valueOf(spec.binding().name()),
                keyRing,
                PolicyRules.duration(spec.absoluteTimeout()),
                PolicyRules.duration(spec.idleTimeout()),
                Unhealthy.valueOf(spec.onUnhealthy().name()),
                PolicyRules.duration(spec.unhealthyWait()).orElse(STANDARD_WAIT),
                Draining.valueOf(spec.onDraining().name()),
                EmptyPool.valueOf(spec.onEmptyPool().name()),
                ZeroWeight.valueOf(spec.onZeroWeight().name()),
                spec.stripFromUpstream(),
                spec.noStore());
        return plain.seated(extras.limits(), extras.imports(seat), extras.steering(id))
                .beginning(extras.skip(), follows())
                .leaving(spec.retryMovesSession(), deadline(), spec.returnToOrigin())
                .carried(twin(seats.name(seat)), algorithm());
    }

    private Optional<AppCookie> follows() {
        return Optional.ofNullable(spec.appCookie())
                .map(app -> new AppCookie(app.name(), PolicyRules.duration(app.ttl())));
    }

    private Duration deadline() {
        return PolicyRules.duration(spec.drainDeadline()).orElse(Duration.ZERO);
    }

    private Algorithm algorithm() {
        return spec.signing() == null
                ? Algorithm.AES_256_GCM
                : Algorithm.valueOf(spec.signing().algorithm().name());
    }

    /** The names that a client of these sessions meets first: the policy's own, and its twin. */
    List<String> tokenNames() {
        return Stream.concat(Stream.of(seats.name()), twin(seats.name()).stream())
                .toList();
    }

    private Optional<String> twin(String name) {
        boolean isCookie = spec.header() == null && spec.hash() == null;
        return isCookie && spec.cookieInForce().crossSiteTwin() ? Optional.of(name + "-cors") : Optional.empty();
    }

    private Token token(String name) {
        if (spec.hash() != null) {
            HashOn on = switch (spec.hash().source()) {
                case SOURCE_IP -> HashOn.SOURCE_IP;
                case HEADER -> HashOn.HEADER;
                case COOKIE -> HashOn.COOKIE;
                case QUERY_PARAM -> HashOn.QUERY;
                case PATH -> HashOn.PATH;
            };
            String field = spec.hash().name() == null ? "" : spec.hash().name();
            return new Token.Hash(on, field, (int) Math.round(spec.hash().boundedLoad() * 100));
        }
        if (spec.header() != null) {
            return new Token.Header(name);
        }
        Cookie cookie = spec.cookieInForce();
        return new Token.Cookie(
                name,
                cookie.path(),
                Optional.ofNullable(cookie.domain()),
                secure(cookie, name),
                cookie.httpOnly(),
                SameSite.valueOf(cookie.sameSite().name()),
                cookie.partitioned(),
                cookie.lifetimeType() == LifetimeType.PERMANENT
                        ? PolicyRules.duration(spec.absoluteTimeout())
                        : Optional.empty());
    }

    /** What browsers take only with Secure has it always: without it they would drop the cookie anyway. */
    private static Secure secure(Cookie cookie, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return switch (cookie.secure()) {
            case ALWAYS -> Secure.ON;
            case NEVER -> Secure.OFF;
            case AUTO ->
                lower.startsWith("__host-")
                                || lower.startsWith("__secure-")
                                || cookie.partitioned()
                                || SameSite.valueOf(cookie.sameSite().name()) == SameSite.NONE
                        ? Secure.ON
                        : Secure.AUTO;
        };
    }
}
