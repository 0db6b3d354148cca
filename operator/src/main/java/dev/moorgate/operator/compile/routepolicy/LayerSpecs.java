package dev.moorgate.operator.compile.routepolicy;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.route.RouteAccess;
import dev.moorgate.operator.crd.route.RoutePolicySpec;
import dev.moorgate.operator.crd.route.RouteReplies;
import dev.moorgate.operator.crd.route.RouteReplies.Hsts;
import dev.moorgate.operator.crd.route.RouteReplies.SecurityHeaders;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderField;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.BasicAuth;
import dev.moorgate.routetable.RoutePolicy.Buffering;
import dev.moorgate.routetable.RoutePolicy.Clients;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.ErrorBodies;
import dev.moorgate.routetable.RoutePolicy.ErrorBody;
import dev.moorgate.routetable.RoutePolicy.Fault;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.RoutePolicy.GrpcStatuses;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import dev.moorgate.routetable.SourceRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The spec of a RoutePolicy as a layer; references lead to Secrets and Services. Confined to one compile. */
final class LayerSpecs {
    private static final int ABORT = 503;

    private final PasswordFiles passwords;
    private final Grants grants;
    private final Backends backends;

    LayerSpecs(ClusterSnapshot snapshot, Grants grants, Backends backends) {
        this.passwords = new PasswordFiles(snapshot, grants);
        this.grants = grants;
        this.backends = backends;
    }

    /**
     * A spec that was read.
     *
     * @param isWithheld a Secret is not known yet: nobody is let in for now, and nothing is said
     */
    record Read(Layer layer, boolean isWithheld) {}

    /** Of a spec that no rule refuses. */
    Read read(ObjectRef object, RoutePolicySpec spec, Mistakes invalid, Mistakes unresolved) {
        PasswordFiles.Outcome users = spec.basicAuth() == null
                ? new PasswordFiles.Outcome.Found(List.of())
                : passwords.find(
                        object.namespace(),
                        spec.basicAuth().secretRef(),
                        Field.SPEC.of("basicAuth").of("secretRef"),
                        unresolved);
        List<BasicAuth.User> known = users instanceof PasswordFiles.Outcome.Found found ? found.users() : List.of();
        Layer layer = new Layer(
                object.namespace() + "/" + object.name(),
                false,
                times(spec.timeouts()),
                Optional.ofNullable(spec.retry()).flatMap(retry -> retry(retry, invalid)),
                Optional.ofNullable(spec.buffering()).flatMap(buffering -> buffering(buffering, invalid)),
                spec.bodyLimit() == null ? OptionalLong.empty() : OptionalLong.of(spec.bodyLimit()),
                Optional.ofNullable(spec.compression()).flatMap(compression -> compression(compression, invalid)),
                Optional.ofNullable(spec.clients())
                        .flatMap(clients -> invalid.build(
                                Field.SPEC.of("clients"), () -> new Clients(clients.allow(), clients.deny()))),
                Optional.ofNullable(spec.rateLimit()).flatMap(rate -> rate(rate, invalid)),
                Optional.ofNullable(spec.basicAuth())
                        .flatMap(auth -> invalid.build(
                                Field.SPEC.of("basicAuth").of("realm"), () -> new BasicAuth(auth.realm(), known))),
                errorBodies(spec.errorBodies(), invalid),
                Optional.ofNullable(spec.securityHeaders()).map(LayerSpecs::headers),
                Optional.ofNullable(spec.cors()).flatMap(cors -> cors(cors, invalid)),
                Optional.ofNullable(spec.mirrors()).map(mirrors -> mirrors(object, mirrors, unresolved)),
                Optional.ofNullable(spec.fault()).flatMap(fault -> fault(fault, invalid)));
        return new Read(layer, users instanceof PasswordFiles.Outcome.NotLoaded);
    }

    private static Layer.Times times(RoutePolicySpec.@Nullable Timeouts timeouts) {
        return timeouts == null
                ? Layer.Times.NONE
                : new Layer.Times(
                        duration(timeouts.request()),
                        duration(timeouts.perTry()),
                        duration(timeouts.connect()),
                        duration(timeouts.responseHead()),
                        duration(timeouts.bodyIdle()),
                        duration(timeouts.streamIdle()));
    }

    private static Optional<Retry> retry(RoutePolicySpec.Retry retry, Mistakes invalid) {
        RoutePolicySpec.Budget budget = retry.budget();
        Field at = Field.SPEC.of("retry");
        return invalid.build(
                at,
                () -> new Retry(
                        retry.attempts(),
                        retry.statuses().stream().sorted().distinct().toList(),
                        retry.methods().stream().sorted().distinct().toList(),
                        duration(retry.backoff()).orElse(Duration.ZERO),
                        duration(retry.backoffLimit()).orElse(Duration.ZERO),
                        budget == null
                                ? RetryBudget.STANDARD
                                : new RetryBudget(budget.percent(), budget.floorPerSecond()),
                        retry.grpcStatuses().isEmpty()
                                ? Optional.empty()
                                : Optional.of(new GrpcStatuses(statuses(retry.grpcStatuses())))));
    }

    private static List<GrpcStatus> statuses(List<RoutePolicySpec.GrpcStatus> named) {
        return named.stream()
                .map(status -> GrpcStatus.valueOf(status.name()))
                .sorted()
                .distinct()
                .toList();
    }

    private static Optional<Buffering> buffering(RoutePolicySpec.Buffering buffering, Mistakes invalid) {
        return invalid.build(
                Field.SPEC.of("buffering"),
                () -> new Buffering(
                        buffering.requests(), buffering.responses(), buffering.memoryLimit(), buffering.diskLimit()));
    }

    private static Optional<Compression> compression(RouteReplies.Compression compression, Mistakes invalid) {
        return invalid.build(
                Field.SPEC.of("compression"),
                () -> new Compression(
                        compression.algorithms().stream()
                                .map(algorithm -> Compression.Algorithm.valueOf(algorithm.name()))
                                .toList(),
                        Compression.Level.valueOf(compression.level().name()),
                        compression.contentTypes().stream().sorted().distinct().toList(),
                        compression.minSize()));
    }

    private static Optional<Layer.Rate> rate(RouteAccess.RateLimit rate, Mistakes invalid) {
        Field at = Field.SPEC.of("rateLimit");
        if (rate.requests() == null) {
            invalid.add(Reason.INVALID, at.of("requests"), "is missing");
            return Optional.empty();
        }
        Duration period = duration(rate.per()).orElse(Duration.ofSeconds(1));
        RoutePolicy.RateLimit.Key key =
                RoutePolicy.RateLimit.Key.valueOf(rate.key().name());
        if (rate.requests() == 0) {
            return Optional.of(new Layer.Rate(0, period, 0, key));
        }
        int burst = Objects.requireNonNullElse(rate.burst(), rate.requests());
        return invalid.build(at, () -> new RoutePolicy.RateLimit("any", rate.requests(), period, burst, key))
                .map(made -> new Layer.Rate(made.requests(), made.period(), made.burst(), made.key()));
    }

    private static Optional<ErrorBodies> errorBodies(@Nullable List<RouteReplies.ErrorBody> written, Mistakes invalid) {
        if (written == null) {
            return Optional.empty();
        }
        List<ErrorBody> bodies = new ArrayList<>();
        for (int i = 0; i < written.size(); i++) {
            RouteReplies.ErrorBody body = written.get(i);
            Field at = Field.SPEC.of("errorBodies", i);
            if (body.statusCode() == null || body.body() == null) {
                invalid.add(Reason.INVALID, at.of(body.body() == null ? "body" : "statusCode"), "is missing");
            } else if (bodies.stream().anyMatch(other -> other.status() == body.statusCode())) {
                invalid.add(
                        Reason.INVALID,
                        at.of("statusCode"),
                        body.statusCode() + " has a body already: keep one of them");
            } else {
                invalid.build(at, () -> new ErrorBody(body.statusCode(), body.contentType(), body.body()))
                        .ifPresent(bodies::add);
            }
        }
        return Optional.of(new ErrorBodies(bodies.stream()
                .sorted((one, other) -> Integer.compare(one.status(), other.status()))
                .toList()));
    }

    private static Layer.Headers headers(SecurityHeaders headers) {
        List<HeaderField> always = new ArrayList<>();
        List<HeaderField> secure = new ArrayList<>();
        if (headers.noSniff()) {
            always.add(new HeaderField("x-content-type-options", "nosniff"));
        }
        if (headers.frameOptions() != null) {
            always.add(new HeaderField("x-frame-options", headers.frameOptions().value()));
        }
        if (headers.referrerPolicy() != null) {
            always.add(
                    new HeaderField("referrer-policy", headers.referrerPolicy().value()));
        }
        Hsts hsts = headers.hsts();
        if (hsts != null) {
            long seconds = duration(hsts.maxAge()).orElse(Duration.ZERO).toSeconds();
            secure.add(new HeaderField(
                    "strict-transport-security",
                    "max-age=" + seconds + (hsts.includeSubDomains() ? "; includeSubDomains" : "")
                            + (hsts.preload() ? "; preload" : "")));
        }
        return new Layer.Headers(always, secure);
    }

    private static Optional<Filter.Cors> cors(RouteReplies.Cors cors, Mistakes invalid) {
        Field at = Field.SPEC.of("cors");
        if (cors.allowOrigins().isEmpty()) {
            invalid.add(Reason.INVALID, at.of("allowOrigins"), "is missing");
            return Optional.empty();
        }
        return invalid.build(
                at,
                () -> new Filter.Cors(
                        cors.allowOrigins(),
                        cors.allowCredentials(),
                        cors.allowMethods(),
                        cors.allowHeaders().stream()
                                .map(name -> name.toLowerCase(Locale.ROOT))
                                .toList(),
                        cors.exposeHeaders(),
                        duration(cors.maxAge()).orElse(Duration.ofSeconds(5))));
    }

    private List<Filter.Mirror> mirrors(ObjectRef object, List<RouteReplies.Mirror> mirrors, Mistakes unresolved) {
        List<Filter.Mirror> found = new ArrayList<>();
        for (int i = 0; i < mirrors.size(); i++) {
            RouteReplies.Mirror mirror = mirrors.get(i);
            RouteReplies.BackendRef ref = mirror.backendRef();
            Field at = Field.SPEC.of("mirrors", i).of("backendRef");
            if (ref == null || ref.name() == null) {
                unresolved.add(Reason.BACKEND_NOT_FOUND, at.of("name"), "is missing");
                continue;
            }
            String owner = Objects.requireNonNullElse(ref.namespace(), object.namespace());
            if (!grants.allow(Crds.GROUP, "RoutePolicy", object.namespace(), "Service", owner, ref.name())) {
                unresolved.add(
                        Reason.REF_NOT_PERMITTED,
                        at,
                        "no ReferenceGrant in namespace " + Tokens.shown(owner) + " lets RoutePolicies of namespace "
                                + object.namespace() + " refer to Service " + Tokens.shown(ref.name()));
                continue;
            }
            backends.find(
                            SourceRef.of("RoutePolicy", owner, object.name()),
                            new Backends.Reference(null, null, null, ref.name(), ref.port()),
                            at,
                            unresolved)
                    .ifPresent(upstream -> found.add(new Filter.Mirror(upstream, mirror.percent(), 100)));
        }
        return List.copyOf(found);
    }

    private static Optional<Fault> fault(RouteAccess.Fault fault, Mistakes invalid) {
        Field at = Field.SPEC.of("fault");
        RouteAccess.Delay delay = fault.delay();
        RouteAccess.Abort abort = fault.abort();
        if (delay != null && delay.percent() == null
                || abort != null && (abort.percent() == null || abort.statusCode() == null)) {
            invalid.add(
                    Reason.INVALID, at, "is incomplete: delay has duration and percent, abort statusCode and percent");
            return Optional.empty();
        }
        return invalid.build(
                at,
                () -> new Fault(
                        delay == null
                                ? Duration.ZERO
                                : duration(delay.duration()).orElse(Duration.ZERO),
                        delay == null ? 0 : delay.percent(),
                        abort == null ? ABORT : abort.statusCode(),
                        abort == null ? 0 : abort.percent()));
    }

    /** Empty where it is none, which the rules have told already. */
    private static Optional<Duration> duration(@Nullable String text) {
        return text != null && GatewayDuration.parse(text) instanceof GatewayDuration.Valid valid
                ? Optional.of(valid.value())
                : Optional.empty();
    }
}
