package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.Certificate;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.List;

/** A certificate of the table, read: the chain, leaf first, its key, and which clients can use them. Immutable. */
record KeyMaterial(String id, List<X509Certificate> chain, PrivateKey key, Algorithm algorithm) {
    /**
     * Kind of a certificate's key, in order of preference, with the code point of its signature scheme (RFC 8446 4.2.3). Netty never asks
     * a key manager for a key of Edwards curves, so no handshake would end with one.
     */
    enum Algorithm {
        P256(0x0403, "EC"),
        P384(0x0503, "EC"),
        P521(0x0603, "EC"),
        RSA(0, "RSA");

        private final int scheme;
        private final String keyType;

        Algorithm(int scheme, String keyType) {
            this.scheme = scheme;
            this.keyType = keyType;
        }

        /** As key managers call it. */
        String keyType() {
            return keyType;
        }

        /** In which order to choose for a client that has not said what it knows. */
        int rankForAnybody() {
            return switch (this) {
                case P256 -> 0;
                case RSA -> 1;
                case P384 -> 2;
                case P521 -> 3;
            };
        }

        boolean serves(ClientHello hello, PolicyTerms terms) {
            return switch (this) {
                case RSA -> true;
                case P256, P384, P521 ->
                    hello.signatureSchemes().contains(scheme) && (hello.tls13() || terms.serveEcdsa12(hello));
            };
        }
    }

    KeyMaterial {
        chain = List.copyOf(chain);
    }

    /** Reads both PEM texts; keys in PKCS#8, PKCS#1 or SEC 1. */
    static KeyMaterial read(Certificate certificate) throws GeneralSecurityException {
        List<X509Certificate> chain = chain(certificate.chain());
        X509Certificate leaf = chain.getFirst();
        PrivateKey key = PrivateKeys.read(certificate.key().value(), leaf.getPublicKey());
        return new KeyMaterial(certificate.id(), chain, key, algorithm(leaf));
    }

    /** Every certificate of a PEM text, in order. */
    static List<X509Certificate> chain(String pem) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        var chain = new ArrayList<X509Certificate>();
        for (PemBlock block : PemBlock.all(pem)) {
            if (block.isCertificate()) {
                chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
            }
        }
        if (chain.isEmpty()) {
            throw new GeneralSecurityException("no certificate in the PEM text");
        }
        return chain;
    }

    private static Algorithm algorithm(X509Certificate leaf) throws GeneralSecurityException {
        return switch (leaf.getPublicKey().getAlgorithm()) {
            case "RSA" -> Algorithm.RSA;
            case "EC" ->
                switch (((ECPublicKey) leaf.getPublicKey())
                        .getParams()
                        .getOrder()
                        .bitLength()) {
                    case 256 -> Algorithm.P256;
                    case 384 -> Algorithm.P384;
                    case 521 -> Algorithm.P521;
                    default -> throw new GeneralSecurityException("its curve is not P-256, P-384 or P-521");
                };
            default ->
                throw new GeneralSecurityException(
                        "key algorithm " + leaf.getPublicKey().getAlgorithm() + " is not served");
        };
    }
}
