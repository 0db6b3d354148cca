package dev.moorgate.operator.compile.routepolicy;

import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.BasicAuth;
import dev.moorgate.routetable.RoutePolicy.Buffering;
import dev.moorgate.routetable.RoutePolicy.Clients;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.ErrorBodies;
import dev.moorgate.routetable.RoutePolicy.Fault;
import dev.moorgate.routetable.RoutePolicy.Retry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one RoutePolicy says; what it does not say is empty. Immutable.
 *
 * @param policy {@code namespace/name}
 * @param isClosed who is let in cannot be told: nobody is
 * @param bodyLimit zero: unlimited
 * @param compression without algorithms: a wider policy's is off
 */
public record Layer(
        String policy,
        boolean isClosed,
        Times times,
        Optional<Retry> retry,
        Optional<Buffering> buffering,
        OptionalLong bodyLimit,
        Optional<Compression> compression,
        Optional<Clients> clients,
        Optional<Rate> rate,
        Optional<BasicAuth> basicAuth,
        Optional<ErrorBodies> errorBodies,
        Optional<Headers> headers,
        Optional<Filter.Cors> cors,
        Optional<List<Filter.Mirror>> mirrors,
        Optional<Fault> fault) {

    /** A policy that says nothing. */
    static Layer empty(String policy) {
        return new Layer(
                policy,
                false,
                Times.NONE,
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The policy is wrong in what decides who is let in. */
    static Layer closed(String policy) {
        Layer open = empty(policy);
        return new Layer(
                policy,
                true,
                open.times,
                open.retry,
                open.buffering,
                open.bodyLimit,
                open.compression,
                open.clients,
                open.rate,
                open.basicAuth,
                open.errorBodies,
                open.headers,
                open.cors,
                open.mirrors,
                open.fault);
    }

    /** Time limits, each by itself. */
    public record Times(
            Optional<Duration> request,
            Optional<Duration> perTry,
            Optional<Duration> connect,
            Optional<Duration> responseHead,
            Optional<Duration> bodyIdle,
            Optional<Duration> streamIdle) {
        static final Times NONE = new Times(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * A rate limit without its bucket.
     *
     * @param requests zero: a wider policy's limit is off
     */
    public record Rate(int requests, Duration period, int burst, RoutePolicy.RateLimit.Key key) {}

    /** Response headers; {@code secure} ones over HTTPS only. */
    public record Headers(List<Filter.HeaderField> always, List<Filter.HeaderField> secure) {
        public Headers {
            always = List.copyOf(always);
            secure = List.copyOf(secure);
        }
    }
}
