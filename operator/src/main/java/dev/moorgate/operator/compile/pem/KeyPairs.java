package dev.moorgate.operator.compile.pem;

import dev.moorgate.routetable.Redacted;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a certificate chain and its private key from PEM and checks that they belong together. */
public final class KeyPairs {
    /** Bytes of a chain or a key that are still read: far above any real one. */
    public static final int LARGEST = 256 * 1024;

    private static final int LONGEST_CHAIN = 10;
    private static final int SHORTEST_RSA = 1024;
    /** BoringSSL reads none that is longer. */
    private static final int LONGEST_RSA = 8192;
    /** P-256, P-384 and P-521 by the bits of their order. */
    private static final Set<Integer> CURVES = Set.of(256, 384, 521);

    private static final String SERVED_KEYS =
            "use RSA of " + SHORTEST_RSA + " to " + LONGEST_RSA + " bits, or ECDSA with P-256, P-384 or P-521";

    private KeyPairs() {}

    /** What a certificate asks of OCSP stapling. */
    public enum Staple {
        NOT_ASKED,
        /** Must-staple (RFC 7633). */
        ASKED,
        /** Must-staple, and there is nothing to staple: no issuer in the chain, or no HTTP responder in the leaf. */
        ASKED_IN_VAIN
    }

    /** What was read, or the sentence that says why it cannot be served. */
    public sealed interface Outcome {
        /**
         * A pair that can be served.
         *
         * @param chain PEM, leaf first, in normal form
         * @param key PKCS#8 PEM in normal form
         * @param algorithm of the key, {@code RSA} or {@code EC}: one certificate of each can be served for a name
         * @param dnsNames of the leaf, lower case
         * @param staple what it asks of stapling
         */
        record Good(
                String chain,
                Redacted key,
                String algorithm,
                List<String> dnsNames,
                Instant notBefore,
                Instant notAfter,
                Staple staple)
                implements Outcome {}

        /** A pair that cannot. */
        record Bad(String sentence) implements Outcome {}
    }

    public static Outcome read(String chainText, String keyText) {
        List<X509Certificate> chain;
        try {
            chain = certificates(chainText);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return new Outcome.Bad("tls.crt does not parse as PEM certificates");
        }
        if (chain.isEmpty()) {
            return new Outcome.Bad("tls.crt holds no PEM certificate");
        }
        if (chain.size() > LONGEST_CHAIN) {
            return new Outcome.Bad("tls.crt holds " + chain.size()
                    + " certificates: send the leaf and its intermediates," + " at most " + LONGEST_CHAIN);
        }
        X509Certificate leaf = chain.getFirst();
        Optional<String> unserved = unserved(leaf.getPublicKey());
        if (unserved.isPresent()) {
            return new Outcome.Bad(unserved.get() + " are not supported: " + SERVED_KEYS);
        }
        Optional<PrivateKey> key;
        try {
            key = privateKey(keyText, leaf.getPublicKey());
        } catch (GeneralSecurityException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            return new Outcome.Bad(
                    "tls.key is no private key for the first certificate of tls.crt, which has a key of type "
                            + leaf.getPublicKey().getAlgorithm());
        }
        if (key.isEmpty()) {
            return new Outcome.Bad("tls.key holds no PEM private key (PKCS#8, PKCS#1 or SEC1, not encrypted)");
        }
        try {
            if (!belong(key.get(), leaf.getPublicKey())) {
                return new Outcome.Bad("tls.key does not belong to the first certificate of tls.crt");
            }
            StringBuilder pem = new StringBuilder();
            for (X509Certificate certificate : chain) {
                pem.append(Pem.write("CERTIFICATE", certificate.getEncoded()));
            }
            return new Outcome.Good(
                    pem.toString(),
                    new Redacted(Pem.write("PRIVATE KEY", key.get().getEncoded())),
                    leaf.getPublicKey().getAlgorithm(),
                    AlternativeNames.dns(leaf),
                    leaf.getNotBefore().toInstant(),
                    leaf.getNotAfter().toInstant(),
                    MustStaple.of(chain));
        } catch (GeneralSecurityException e) {
            return new Outcome.Bad(
                    "keys of type " + leaf.getPublicKey().getAlgorithm() + " are not supported: " + SERVED_KEYS);
        }
    }

    /** Keys that the data plane does not serve with, or clients would not take; it refuses the whole table for one of them. */
    private static Optional<String> unserved(PublicKey key) {
        String algorithm = key.getAlgorithm();
        if (algorithm.equals("RSA") && key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            return bits >= SHORTEST_RSA && bits <= LONGEST_RSA
                    ? Optional.empty()
                    : Optional.of("RSA keys of " + bits + " bits");
        }
        if (algorithm.equals("EC") && key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getOrder().bitLength();
            return CURVES.contains(bits) ? Optional.empty() : Optional.of("ECDSA keys of " + bits + " bits");
        }
        return Optional.of("keys of type " + algorithm);
    }

    private static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem.Block block : Pem.blocks(text)) {
            if (block.label().equals("CERTIFICATE")) {
                certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
            }
        }
        return certificates;
    }

    /** PKCS#8 as it stands; PKCS#1 and SEC1 keys get the algorithm of the certificate's key, which must be theirs as well. */
    private static Optional<PrivateKey> privateKey(String text, PublicKey publicKey) throws GeneralSecurityException {
        for (Pem.Block block : Pem.blocks(text)) {
            byte[] pkcs8 = switch (block.label()) {
                case "PRIVATE KEY" -> block.der();
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
                    Pem.element(
                            0x30,
                            new byte[] {2, 1, 0},
                            Pem.firstInside(publicKey.getEncoded()),
                            Pem.element(0x04, block.der()));
                default -> new byte[0];
            };
            if (pkcs8.length > 0) {
                return Optional.of(KeyFactory.getInstance(publicKey.getAlgorithm())
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
            }
        }
        return Optional.empty();
    }

    private static boolean belong(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        if (key instanceof RSAPrivateKey mine && publicKey instanceof RSAPublicKey theirs) {
            return mine.getModulus().equals(theirs.getModulus());
        }
        byte[] text = "moorgate".getBytes(StandardCharsets.US_ASCII);
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key);
        signer.update(text);
        byte[] signed = signer.sign();
        signer.initVerify(publicKey);
        signer.update(text);
        return signer.verify(signed);
    }
}
