package dev.moorgate.operator.compile.routepolicy;

import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.Admission;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.RateLimit;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The layers of policy that lie over one rule, and what they make of its routes. Field by field the narrowest layer counts, and what
 * the rule says itself before all of them; lists of clients hold together. Immutable.
 *
 * @param standard what the DataPlane says of all routes
 * @param layers the widest first
 * @param own what the rule says in fields of Gateway API
 * @param bucket where requests of the rule are counted: its route, or the rule where a policy names it
 */
public record RuleLayers(RoutePolicy standard, List<Layer> layers, Own own, String bucket) {
    public RuleLayers {
        layers = List.copyOf(layers);
    }

    /**
     * Fields of an HTTPRoute's rule.
     *
     * @param isTimed whether the rule sets a limit, or switches one off
     */
    public record Own(boolean isTimed, Duration request, Duration perTry, Optional<Retry> retry) {
        public static final Own NONE = new Own(false, Duration.ZERO, Duration.ZERO, Optional.empty());
    }

    /** The same below wider layers. */
    public RuleLayers below(List<Layer> wider) {
        List<Layer> all = new ArrayList<>(wider);
        all.addAll(layers);
        return new RuleLayers(standard, all, own, bucket);
    }

    /** The route as these layers carry it. */
    public Route carry(Route route, boolean isHttps) {
        List<Filter> filters = filters(route.filters(), isHttps);
        return new Route(route.name(), route.source(), route.match(), filters, route.forward(), policy());
    }

    public RoutePolicy policy() {
        return new RoutePolicy(
                timeouts(),
                own.retry().or(() -> last(Layer::retry)).orElse(standard.retry()),
                last(Layer::buffering).orElse(standard.buffering()),
                bodyLimit(),
                compression(),
                admission(),
                last(Layer::errorBodies).or(standard::errorBodies));
    }

    /** Whoever sets a limit on the whole has taken over the wait for the response's head, unless a policy speaks of that too. */
    private Timeouts timeouts() {
        Timeouts before = standard.timeouts();
        Optional<Duration> request = time(Layer.Times::request);
        Optional<Duration> perTry = time(Layer.Times::perTry);
        boolean isTimed = own.isTimed() || request.isPresent() || perTry.isPresent();
        return new Timeouts(
                own.isTimed() ? own.request() : request.orElse(before.request()),
                own.isTimed() ? own.perTry() : perTry.orElse(before.perTry()),
                time(Layer.Times::connect).orElse(before.connect()),
                time(Layer.Times::responseHead).orElse(isTimed ? Duration.ZERO : before.responseHead()),
                time(Layer.Times::bodyIdle).orElse(before.bodyIdle()),
                time(Layer.Times::streamIdle).orElse(before.streamIdle()));
    }

    private OptionalLong bodyLimit() {
        OptionalLong limit = standard.bodyLimit();
        for (Layer layer : layers) {
            limit = layer.bodyLimit().isPresent() ? layer.bodyLimit() : limit;
        }
        return limit.isPresent() && limit.getAsLong() == 0 ? OptionalLong.empty() : limit;
    }

    private Optional<Compression> compression() {
        return last(Layer::compression)
                .or(standard::compression)
                .filter(said -> !said.algorithms().isEmpty());
    }

    private Optional<Admission> admission() {
        Admission made = new Admission(
                layers.stream().anyMatch(Layer::isClosed),
                layers.stream().flatMap(layer -> layer.clients().stream()).toList(),
                last(Layer::rate)
                        .filter(rate -> rate.requests() > 0)
                        .map(rate -> new RateLimit(bucket, rate.requests(), rate.period(), rate.burst(), rate.key())),
                last(Layer::basicAuth),
                last(Layer::fault));
        boolean isOpen = !made.closed()
                && made.clients().isEmpty()
                && made.rateLimit().isEmpty()
                && made.basicAuth().isEmpty()
                && made.fault().isEmpty();
        return isOpen ? standard.admission() : Optional.of(made);
    }

    /** Those of the policies come first, so that what the rule writes itself has the last word. */
    private List<Filter> filters(List<Filter> own, boolean isHttps) {
        List<Filter> all = new ArrayList<>();
        last(Layer::headers).ifPresent(headers -> {
            List<Filter.HeaderField> set = new ArrayList<>(headers.always());
            if (isHttps) {
                set.addAll(headers.secure());
            }
            if (!set.isEmpty()) {
                all.add(new Filter.ResponseHeaders(new Filter.HeaderEdits(set, List.of(), List.of())));
            }
        });
        if (own.stream().noneMatch(Filter.Cors.class::isInstance)) {
            last(Layer::cors).ifPresent(all::add);
        }
        if (own.stream().noneMatch(Filter.Mirror.class::isInstance)) {
            last(Layer::mirrors).ifPresent(all::addAll);
        }
        all.addAll(own);
        return all;
    }

    private Optional<Duration> time(Function<Layer.Times, Optional<Duration>> part) {
        return last(layer -> part.apply(layer.times()));
    }

    private <T> Optional<T> last(Function<Layer, Optional<T>> part) {
        Optional<T> found = Optional.empty();
        for (Layer layer : layers) {
            Optional<T> said = part.apply(layer);
            found = said.isPresent() ? said : found;
        }
        return found;
    }
}
