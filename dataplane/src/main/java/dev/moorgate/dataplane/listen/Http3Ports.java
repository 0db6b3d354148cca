package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.listen.quic.QuicTerms;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The UDP ports of listeners that offer HTTP/3, changed together with their TCP sockets. One change at a time. */
final class Http3Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Http3Ports.class);

    private final QuicPort.Opener opener;
    private final Intake intake;
    /** Closed to new connections; the last ones are still there. */
    private final Set<Http3Port> retired = ConcurrentHashMap.newKeySet();

    private volatile Map<SocketKey, Http3Port> open = Map.of();

    Http3Ports(QuicPort.Opener opener, Intake intake) {
        this.opener = opener;
        this.intake = intake;
    }

    /** The port of {@code key} that could be used on, held open until it is left; null: there is none. */
    @Nullable
    Http3Port hold(SocketKey key) {
        Http3Port known = open.get(key);
        if (known != null && known.hold()) {
            return known;
        }
        Http3Port last = lingering(key);
        return last != null && last.hold() ? last : null;
    }

    private @Nullable Http3Port lingering(SocketKey key) {
        retired.removeIf(Http3Port::isClosed);
        return retired.stream()
                .filter(port -> port.socket().key().equals(key))
                .findFirst()
                .orElse(null);
    }

    /**
     * Opens a silent port.
     *
     * @throws BindException where that does not go
     */
    Http3Port open(ListenSocket socket, QuicTerms terms) throws BindException {
        var port = new Http3Port(socket);
        BindException last = null;
        for (InetSocketAddress address : socket.key().candidates()) {
            try {
                port.open(opener, address, isOurs(socket.key().port()), terms, intake);
                return port;
            } catch (BindException e) {
                last = e;
            }
        }
        throw last == null ? new BindException("no address to bind") : last;
    }

    private boolean isOurs(int number) {
        return number != 0
                && Stream.concat(
                                open.keySet().stream(),
                                retired.stream().map(port -> port.socket().key()))
                        .anyMatch(key -> key.port() == number);
    }

    /** Takes connections on the ports of {@code wanted}, and no more on the others. */
    void swap(Map<SocketKey, ListenSocket> wanted, Map<SocketKey, Http3Port> opened) {
        Map<SocketKey, Http3Port> next = new LinkedHashMap<>();
        Map<SocketKey, Http3Port> before = open;
        wanted.forEach((key, socket) -> {
            if (socket.serving().http3().isEmpty()) {
                return;
            }
            Http3Port port = opened.containsKey(key) ? opened.get(key) : before.get(key);
            port = port == null || port.isClosed() ? lingering(key) : port;
            if (port != null && port.accept(socket)) {
                retired.remove(port);
                next.put(key, port);
            }
        });
        open = Map.copyOf(next);
        before.forEach((key, port) -> {
            if (!next.containsKey(key)) {
                retired.add(port);
                port.retire();
            }
        });
        opened.keySet().forEach(key -> LOG.info("listener opened for HTTP/3: socket={}", key));
    }

    /** The open ports, by the name of the listener that they serve. */
    Map<String, InetSocketAddress> byListener() {
        Map<String, InetSocketAddress> named = new LinkedHashMap<>();
        open.values()
                .forEach(port -> named.put(port.socket().serving().listener().name(), port.localAddress()));
        return named;
    }

    void close() {
        open.values().forEach(Http3Port::close);
        retired.forEach(Http3Port::close);
        open = Map.of();
        retired.clear();
    }
}
