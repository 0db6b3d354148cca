package dev.moorgate.dataplane.upstream;

import dev.moorgate.routetable.Upstream;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint and how it is spoken to: what connections are pooled by. Two that are equal share their connections, also
 * over a change of tables; limits and counters are not part of that. Immutable, any thread.
 */
public final class UpstreamTarget {
    private final Upstream upstream;
    private final UpstreamLoad load;
    private final String endpoint;
    private final InetSocketAddress address;
    private final @Nullable EndpointTls tls;
    private final String label;
    private final int hash;

    /**
     * @param endpoint its stable key
     * @param tls null: in clear
     */
    public UpstreamTarget(
            Upstream upstream,
            UpstreamLoad load,
            String endpoint,
            InetSocketAddress address,
            @Nullable EndpointTls tls) {
        this.upstream = upstream;
        this.load = load;
        this.endpoint = endpoint;
        this.address = address;
        this.tls = tls;
        String host = address.getAddress().getHostAddress();
        label = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
        hash = Objects.hash(upstream.name(), endpoint, address, isHttp2(), tls == null ? null : tls.settings());
    }

    static boolean speaksHttp2(Upstream upstream) {
        return upstream.protocol() == Upstream.Protocol.H2 || upstream.protocol() == Upstream.Protocol.H2C;
    }

    /** Whether its endpoints are spoken to in HTTP/2: by ALPN over TLS, by prior knowledge in clear. */
    public boolean isHttp2() {
        return speaksHttp2(upstream);
    }

    /**
     * The same endpoint for connections whose content is between it and the client, whatever protocol its own is.
     *
     * @param bare so is their TLS
     */
    public UpstreamTarget inBytes(boolean bare) {
        boolean same = upstream.protocol() == Upstream.Protocol.HTTP1 && (tls == null || !bare);
        return same ? this : with(Upstream.Protocol.HTTP1, bare || tls == null ? null : tls.speaking(false));
    }

    /** The same endpoint, spoken to in HTTP/2. */
    public UpstreamTarget overHttp2() {
        return isHttp2() ? this : with(Upstream.Protocol.H2, tls == null ? null : tls.speaking(true));
    }

    /** The same endpoint, spoken to in HTTP/1.1. */
    public UpstreamTarget overHttp1() {
        return isHttp2() ? with(Upstream.Protocol.HTTP1, tls == null ? null : tls.speaking(false)) : this;
    }

    private UpstreamTarget with(Upstream.Protocol protocol, @Nullable EndpointTls by) {
        var other = new Upstream(
                upstream.name(),
                upstream.source(),
                protocol,
                upstream.balancing(),
                upstream.session(),
                upstream.healthCheck(),
                upstream.outlierDetection(),
                upstream.limits(),
                upstream.tls());
        return new UpstreamTarget(other, load, endpoint, address, by);
    }

    public Upstream upstream() {
        return upstream;
    }

    public UpstreamLoad load() {
        return load;
    }

    public String endpoint() {
        return endpoint;
    }

    public InetSocketAddress address() {
        return address;
    }

    public @Nullable EndpointTls tls() {
        return tls;
    }

    /** Address and port as logs show them. */
    public String label() {
        return label;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof UpstreamTarget that
                        && hash == that.hash
                        && isHttp2() == that.isHttp2()
                        && upstream.name().equals(that.upstream.name())
                        && endpoint.equals(that.endpoint)
                        && address.equals(that.address)
                        && Objects.equals(settings(), that.settings());
    }

    private EndpointTls.@Nullable Settings settings() {
        return tls == null ? null : tls.settings();
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** {@code shop/cart/8080 10.0.0.7:8080}. */
    @Override
    public String toString() {
        return upstream.name() + " " + label;
    }
}
