package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.routetable.Upstream.Protocol;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** What a Service's port says of the protocol that its endpoints speak (KEP-3726, GEP-1911), and what that means for the two kinds of traffic. */
public record AppProtocol(String text) {
    public static final AppProtocol NONE = new AppProtocol("");

    /** Absent: HTTP/1.1, or HTTP/2 without TLS where calls come. Names of services have no case (RFC 6335 5.1). */
    public static AppProtocol of(ServicePort port) {
        return new AppProtocol(
                Objects.requireNonNullElse(port.getAppProtocol(), "").toLowerCase(Locale.ROOT));
    }

    /** KEP-3726 names, and the IANA names and short forms that are common in manifests; empty: the endpoints cannot take such traffic. */
    Optional<Protocol> protocol(Traffic traffic) {
        boolean isGrpc = traffic == Traffic.GRPC;
        return switch (text) {
            case "", "http", "kubernetes.io/http" -> Optional.of(isGrpc ? Protocol.H2C : Protocol.HTTP1);
            case "https", "kubernetes.io/https" -> Optional.of(isGrpc ? Protocol.H2 : Protocol.HTTP1);
            case "kubernetes.io/h2c", "h2c", "http2", "grpc" -> Optional.of(Protocol.H2C);
            case "kubernetes.io/ws", "kubernetes.io/wss", "ws", "wss" ->
                isGrpc ? Optional.empty() : Optional.of(Protocol.WEBSOCKET);
            default -> Optional.empty();
        };
    }

    /** Whether the endpoints expect TLS. */
    boolean isTls() {
        return switch (text) {
            case "https", "kubernetes.io/https", "wss", "kubernetes.io/wss" -> true;
            default -> false;
        };
    }

    /** Why there is no protocol. */
    String unsupported(Traffic traffic) {
        return Tokens.shown(text)
                + (traffic == Traffic.GRPC
                        ? ", which carries no gRPC: use kubernetes.io/h2c or https"
                        : ", which is not supported: use http, https, kubernetes.io/h2c or kubernetes.io/ws");
    }

    /**
     * The upstream's name: {@code shop/cart/8080}. Calls have one of their own where the endpoints speak another protocol to them than to
     * other requests: {@code shop/cart/8080/grpc}.
     */
    public String upstream(Traffic traffic, String namespace, String service, int port) {
        String name = namespace + "/" + service + "/" + port;
        return protocol(traffic).equals(protocol(Traffic.HTTP)) ? name : name + "/grpc";
    }
}
