package dev.moorgate.e2e.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * What a client of TLS comes with; it believes every certificate.
 *
 * @param versions empty: those that the JDK has
 * @param suites empty: those that the JDK has
 */
public record Offer(List<String> versions, List<String> suites, Optional<Certificates> own) {
    public static final Offer ANYTHING = new Offer(List.of(), List.of(), Optional.empty());

    public Offer {
        versions = List.copyOf(versions);
        suites = List.copyOf(suites);
    }

    public static Offer of(String version, String... suites) {
        return new Offer(List.of(version), List.of(suites), Optional.empty());
    }

    /** A client that has a certificate to show. */
    public static Offer showing(Certificates own) {
        return new Offer(List.of(), List.of(), Optional.of(own));
    }

    /** With its handshake done, as far as the client can tell: a server of TLS 1.3 may refuse it afterwards. */
    public SSLSocket over(Socket socket, String host, int port) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] keys = own.isEmpty() ? new KeyManager[0] : own.get().keyManagers();
            context.init(keys, new TrustManager[] {new Anybody()}, null);
            var secured = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
            var parameters = secured.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            if (!versions.isEmpty()) {
                parameters.setProtocols(versions.toArray(String[]::new));
            }
            if (!suites.isEmpty()) {
                parameters.setCipherSuites(suites.toArray(String[]::new));
            }
            secured.setSSLParameters(parameters);
            secured.startHandshake();
            return secured;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Tests look at certificates themselves. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
