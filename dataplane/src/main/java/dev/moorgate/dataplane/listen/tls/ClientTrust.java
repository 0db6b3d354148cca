package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.ListenerTls.ClientValidation;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Who vouches for clients of a listener. Where a certificate must be valid the handshake fails without one; where it need not be
 * (AllowInsecureFallback) every client is let in, and a certificate counts only where it verifies. Immutable, any thread.
 */
final class ClientTrust {
    private final ClientValidation rule;
    private final X509TrustManager verifier;

    private ClientTrust(ClientValidation rule, X509TrustManager verifier) {
        this.rule = rule;
        this.verifier = verifier;
    }

    static ClientTrust of(ClientValidation rule) throws SSLException {
        try {
            KeyStore authorities = KeyStore.getInstance("PKCS12");
            authorities.load(null, null);
            List<X509Certificate> all = KeyMaterial.chain(rule.caCertificates());
            for (int i = 0; i < all.size(); i++) {
                authorities.setCertificateEntry("authority-" + i, all.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(authorities);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager verifier) {
                    return new ClientTrust(rule, verifier);
                }
            }
            throw new SSLException("this platform verifies no certificates");
        } catch (GeneralSecurityException | IOException e) {
            throw new SSLException("certificates of client authorities cannot be read", e);
        }
    }

    boolean isRequired() {
        return rule.required();
    }

    /** What the engine asks in the handshake. */
    X509TrustManager inHandshake() {
        return rule.required() ? verifier : new LetIn(verifier);
    }

    /** The certificate that the client has proved to hold and that verifies now; also of a session that was resumed. */
    Optional<X509Certificate> verified(SSLSession session) {
        try {
            X509Certificate[] chain = Arrays.stream(session.getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
            if (chain.length == 0) {
                return Optional.empty();
            }
            // where it is required the handshake has done so, but not one that resumes a session
            verifier.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
            return Optional.of(chain[0]);
        } catch (SSLPeerUnverifiedException | CertificateException unverified) {
            return Optional.empty();
        }
    }

    /** Takes every certificate in the handshake, which proves that the client holds its key and no more. */
    private record LetIn(X509TrustManager verifier) implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // verified after the handshake, where a failure is no end
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("no server certificates are accepted here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return verifier.getAcceptedIssuers();
        }
    }
}
