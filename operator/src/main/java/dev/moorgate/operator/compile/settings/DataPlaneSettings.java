package dev.moorgate.operator.compile.settings;

import dev.moorgate.operator.compile.CompileSettings.TlsTerms;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.DataPlaneSpec;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.ProxySettings.AccessLog;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import dev.moorgate.routetable.ProxySettings.Http2;
import dev.moorgate.routetable.ProxySettings.ProxyProtocol;
import dev.moorgate.routetable.ProxySettings.TrustedProxies;
import dev.moorgate.routetable.RoutePolicy.Timeouts;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The spec of a DataPlane as settings: what it leaves out, or gets wrong, stays as it was. */
final class DataPlaneSettings {
    private static final DataPlaneSpec.Timeouts NO_TIMEOUTS =
            new DataPlaneSpec.Timeouts(null, null, null, null, null, null, null, null, null, null);
    private static final DataPlaneSpec.Limits NO_LIMITS = new DataPlaneSpec.Limits(null, null, null, null, null, null);

    private final DataPlaneSpec spec;
    private final DataPlaneSpec.Timeouts timeouts;
    private final DataPlaneSpec.Limits limits;
    private final Mistakes mistakes;

    DataPlaneSettings(DataPlaneSpec spec, Mistakes mistakes) {
        this.spec = spec;
        this.timeouts = Objects.requireNonNullElse(spec.timeouts(), NO_TIMEOUTS);
        this.limits = Objects.requireNonNullElse(spec.limits(), NO_LIMITS);
        this.mistakes = mistakes;
    }

    ProxySettings proxy(ProxySettings before) {
        return new ProxySettings(
                spec.trustedProxies() == null ? before.trustedProxies() : trusted(spec.trustedProxies()),
                accessLog(before.accessLog()),
                Objects.requireNonNullElse(spec.proxyStatusHeader(), before.proxyStatus()),
                mistakes.build(Field.SPEC.of("limits"), () -> limits(before.limits()))
                        .orElse(before.limits()),
                proxyProtocol(before.proxyProtocol()),
                http2(before.http2()),
                spec.tls() == null
                        ? before.ocspStapling()
                        : Objects.requireNonNullElse(spec.tls().ocspStapling(), before.ocspStapling()));
    }

    private Optional<Http2> http2(Optional<Http2> before) {
        DataPlaneSpec.Http2 wanted = spec.http2();
        if (wanted == null) {
            return before;
        }
        Http2 known = before.orElse(Http2.STANDARD);
        return mistakes.build(
                        Field.SPEC.of("http2"),
                        () -> new Http2(
                                Objects.requireNonNullElse(wanted.enabled(), known.enabled()),
                                Objects.requireNonNullElse(wanted.maxConcurrentStreams(), known.streams()),
                                or(wanted.maxConnectionAge(), known.connectionAge())))
                .or(() -> before);
    }

    private Optional<ProxyProtocol> proxyProtocol(Optional<ProxyProtocol> before) {
        DataPlaneSpec.ProxyProtocol wanted = spec.proxyProtocol();
        if (wanted == null) {
            return before;
        }
        Field at = Field.SPEC.of("proxyProtocol");
        List<String> listeners = wanted.listeners().isEmpty() ? List.of("*") : wanted.listeners();
        return mistakes.build(at.of("cidrs"), () -> new ProxyProtocol(listeners, networks(wanted.cidrs(), at)));
    }

    /** Defaults of routes. */
    Timeouts timeouts(Timeouts before) {
        return new Timeouts(
                or(timeouts.request(), before.request()),
                or(timeouts.perTry(), before.perTry()),
                positiveOr(timeouts.connect(), before.connect()),
                or(timeouts.responseHead(), before.responseHead()),
                or(timeouts.bodyIdle(), before.bodyIdle()),
                or(timeouts.streamIdle(), before.streamIdle()));
    }

    TlsTerms tls(TlsTerms before) {
        DataPlaneSpec.Tls wanted = spec.tls();
        if (wanted == null) {
            return before;
        }
        return new TlsTerms(
                wanted.minVersion() == null
                        ? before.minVersion()
                        : ListenerTls.Version.valueOf(wanted.minVersion().name()),
                wanted.policy() == null
                        ? before.policy()
                        : Optional.of(ListenerTls.Policy.valueOf(wanted.policy().name())));
    }

    private AccessLog accessLog(AccessLog before) {
        DataPlaneSpec.LogFormat wanted =
                spec.accessLog() == null ? null : spec.accessLog().format();
        return wanted == null
                ? before
                : switch (wanted) {
                    case JSON -> AccessLog.JSON;
                    case COMBINED -> AccessLog.COMBINED;
                    case NONE -> AccessLog.OFF;
                };
    }

    private DownstreamLimits limits(DownstreamLimits before) {
        return new DownstreamLimits(
                positiveOr(timeouts.head(), before.head()),
                positiveOr(timeouts.tlsHandshake(), before.handshake()),
                positiveOr(timeouts.keepAliveIdle(), before.keepAliveIdle()),
                Objects.requireNonNullElse(limits.requestLineBytes(), before.requestLineBytes()),
                Objects.requireNonNullElse(limits.headBytes(), before.headBytes()),
                Objects.requireNonNullElse(limits.headFields(), before.headFields()),
                Objects.requireNonNullElse(limits.connections(), before.connections()),
                Objects.requireNonNullElse(limits.connectionsPerClient(), before.connectionsPerClient()),
                Objects.requireNonNullElse(limits.handshakes(), before.handshakes()));
    }

    private TrustedProxies trusted(DataPlaneSpec.TrustedProxies wanted) {
        Field at = Field.SPEC.of("trustedProxies");
        List<String> networks = networks(wanted.cidrs(), at);
        int hops = Objects.requireNonNullElse(wanted.hops(), 0);
        return mistakes.build(at.of("hops"), () -> new TrustedProxies(hops, networks))
                .orElse(TrustedProxies.NONE);
    }

    private List<String> networks(List<String> cidrs, Field at) {
        List<String> networks = new ArrayList<>();
        for (int i = 0; i < cidrs.size(); i++) {
            String network = cidrs.get(i);
            if (isNetwork(network)) {
                networks.add(network);
            } else {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("cidrs", i),
                        "\"" + Tokens.shown(network) + "\" is no network and is ignored: write one such as 10.0.0.0/8");
            }
        }
        return networks;
    }

    private static boolean isNetwork(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
            return false;
        }
        try {
            int bits = InetAddress.ofLiteral(text.substring(0, slash)).getAddress().length * 8;
            return Integer.parseInt(text.substring(slash + 1)) <= bits;
        } catch (IllegalArgumentException noLiteral) {
            return false;
        }
    }

    private static Duration or(@Nullable String text, Duration before) {
        return text != null && GatewayDuration.parse(text) instanceof GatewayDuration.Valid valid
                ? valid.value()
                : before;
    }

    private static Duration positiveOr(@Nullable String text, Duration before) {
        Duration value = or(text, before);
        return value.isPositive() ? value : before;
    }
}
