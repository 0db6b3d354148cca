package dev.moorgate.dataplane.listen;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A TLS client of the JDK that trusts anybody and tells what it was shown. */
public final class TlsClient {
    private final SSLContext context;
    private final Optional<String> serverName;
    private final List<String> protocols;
    private final List<String> suites;
    private final List<String> groups;
    private final List<String> alpn;

    private TlsClient(
            SSLContext context,
            Optional<String> serverName,
            List<String> protocols,
            List<String> suites,
            List<String> groups,
            List<String> alpn) {
        this.context = context;
        this.serverName = serverName;
        this.protocols = protocols;
        this.suites = suites;
        this.groups = groups;
        this.alpn = alpn;
    }

    private static TlsClient of(SSLContext context) {
        return new TlsClient(context, Optional.empty(), List.of(), List.of(), List.of(), List.of());
    }

    public static TlsClient create() {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            return of(context);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Shows this certificate where the server asks for one. */
    public static TlsClient showing(X509Bundle own) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(own.toKeyManagerFactory().getKeyManagers(), new TrustManager[] {new TrustAll()}, null);
            return of(context);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public TlsClient name(String name) {
        return new TlsClient(context, Optional.of(name), protocols, suites, groups, alpn);
    }

    public TlsClient protocols(String... names) {
        return new TlsClient(context, serverName, List.of(names), suites, groups, alpn);
    }

    public TlsClient suites(String... names) {
        return new TlsClient(context, serverName, protocols, List.of(names), groups, alpn);
    }

    public TlsClient groups(String... names) {
        return new TlsClient(context, serverName, protocols, suites, List.of(names), alpn);
    }

    public TlsClient alpn(String... names) {
        return new TlsClient(context, serverName, protocols, suites, groups, List.of(names));
    }

    public SSLContext context() {
        return context;
    }

    /** A connection whose handshake is done. */
    public SSLSocket connect(int port) throws IOException {
        var socket = (SSLSocket) context.getSocketFactory().createSocket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 60_000);
            socket.setSoTimeout(60_000);
            var parameters = socket.getSSLParameters();
            parameters.setServerNames(
                    serverName.stream().<SNIServerName>map(SNIHostName::new).toList());
            if (!protocols.isEmpty()) {
                parameters.setProtocols(protocols.toArray(String[]::new));
            }
            if (!suites.isEmpty()) {
                parameters.setCipherSuites(suites.toArray(String[]::new));
            }
            if (!groups.isEmpty()) {
                parameters.setNamedGroups(groups.toArray(String[]::new));
            }
            parameters.setApplicationProtocols(alpn.toArray(String[]::new));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Common name of the certificate that {@code socket} was shown. */
    public static String shown(SSLSocket socket) throws IOException {
        var leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return leaf.getSubjectX500Principal().getName().replace("CN=", "");
    }

    /** Common name of the certificate that a new connection is shown. */
    public String shownAt(int port) throws IOException {
        try (SSLSocket socket = connect(port)) {
            return shown(socket);
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
