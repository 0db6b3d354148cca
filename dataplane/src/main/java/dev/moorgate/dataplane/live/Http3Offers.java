package dev.moorgate.dataplane.live;

import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.listen.quic.QuicTerms;
import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which listeners offer HTTP/3, and why others that are asked to do not: they serve on over TCP. Written under the lock of installs. */
public final class Http3Offers implements MetricSource {
    private static final Logger LOG = LoggerFactory.getLogger(Http3Offers.class);
    private static final String HTTP3 = "h3";

    /** What becomes of a listener that is asked to offer it. */
    enum Offer {
        OFFERED,
        /** QUIC has no PROXY header, so that nobody would know the client. */
        PROXY_PROTOCOL,
        /** Clients are asked for certificates, over TCP alone. */
        CLIENT_CERTIFICATES,
        /** This system has no native QUIC codec. */
        NO_CODEC;

        private final String word = name().toLowerCase(Locale.ROOT);
    }

    private final BooleanSupplier codec;
    private volatile Map<String, Offer> offers = Map.of();

    /** @param codec whether this system has the native one */
    Http3Offers(BooleanSupplier codec) {
        this.codec = codec;
    }

    /** Absent: the listener is not asked to. */
    private Optional<Offer> of(Listener listener, ProxySettings settings) {
        boolean asked = listener.protocol() == Listener.Protocol.HTTPS
                && listener.tls().filter(tls -> tls.alpn().contains(HTTP3)).isPresent();
        if (!asked) {
            return Optional.empty();
        }
        if (listener.tls().flatMap(tls -> tls.clientValidation()).isPresent()) {
            return Optional.of(Offer.CLIENT_CERTIFICATES);
        }
        if (settings.proxyProtocol().filter(rule -> rule.isFor(listener.name())).isPresent()) {
            return Optional.of(Offer.PROXY_PROTOCOL);
        }
        return Optional.of(codec.getAsBoolean() ? Offer.OFFERED : Offer.NO_CODEC);
    }

    /** How the listener offers HTTP/3; absent: it does not. */
    Optional<QuicTerms> terms(Listener listener, ProxySettings settings) {
        return of(listener, settings).filter(offer -> offer == Offer.OFFERED).map(offer -> QuicTerms.of(settings));
    }

    /** A table is in force. */
    void adopt(RouteTable table) {
        Map<String, Offer> before = offers;
        Map<String, Offer> next = new TreeMap<>();
        for (Listener listener : table.listeners()) {
            of(listener, table.settings()).ifPresent(offer -> {
                next.put(listener.name(), offer);
                if (offer != Offer.OFFERED && before.get(listener.name()) != offer) {
                    LOG.warn(
                            "listener serves without HTTP/3: listener={} reason={} cause={}",
                            listener.name(),
                            offer.word,
                            offer == Offer.NO_CODEC ? QuicPort.obstacle() : "");
                }
            });
        }
        offers = next;
    }

    @Override
    public void collect(MetricSheet sheet) {
        offers.forEach((listener, offer) -> sheet.gauge(
                "moorgate_listener_http3",
                "Listeners that are asked to offer HTTP/3: 1 where they do, 0 with the reason where not.",
                offer == Offer.OFFERED ? 1L : 0L,
                "listener",
                listener,
                "reason",
                offer.word));
    }
}
