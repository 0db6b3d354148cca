package dev.moorgate.dataplane.forward.state;

import dev.moorgate.dataplane.balance.SessionUse;
import dev.moorgate.dataplane.filter.ClientCertificate;
import java.net.InetSocketAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client's connection before its first request.
 *
 * @param remote its end
 * @param local ours
 * @param address of the client, without port, IPv6 without brackets
 * @param tls the version, {@code TLSv1.3}; null: in clear
 * @param certificate that it showed and that verified; null: none
 * @param covers whether the certificate that was shown covers a host (RFC 9110 15.5.20)
 */
public record ClientFacts(
        InetSocketAddress remote,
        InetSocketAddress local,
        String address,
        @Nullable String tls,
        @Nullable ClientCertificate certificate,
        Predicate<String> covers) {

    public SessionUse.Transport transport() {
        return tls == null ? SessionUse.Transport.CLEAR : SessionUse.Transport.TLS;
    }

    public static ClientFacts inClear(InetSocketAddress remote, InetSocketAddress local) {
        return new ClientFacts(remote, local, remote.getAddress().getHostAddress(), null, null, _ -> true);
    }

    public static ClientFacts secured(
            InetSocketAddress remote, InetSocketAddress local, String tls, Predicate<String> covers) {
        return secured(remote, local, tls, null, covers);
    }

    public static ClientFacts secured(
            InetSocketAddress remote,
            InetSocketAddress local,
            String tls,
            @Nullable ClientCertificate certificate,
            Predicate<String> covers) {
        return new ClientFacts(remote, local, remote.getAddress().getHostAddress(), tls, certificate, covers);
    }
}
