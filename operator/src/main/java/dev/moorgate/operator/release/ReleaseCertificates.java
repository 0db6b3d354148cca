package dev.moorgate.operator.release;

import dev.moorgate.routetable.Redacted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes the release's authority and the certificates that it issues: P-256, RFC 5280. */
final class ReleaseCertificates {
    private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
    private static final Duration REPLICA_LIFE = Duration.ofDays(365);
    /** Clocks may differ (faults I24). */
    private static final Duration SLACK = Duration.ofHours(1);

    private static final String SIGNATURE = "SHA256withECDSA";
    private static final String NAME = "CN=Moorgate release";
    private static final int SERIAL_BITS = 127;

    private ReleaseCertificates() {}

    /** A certificate and its key, both in PEM. */
    record Issued(String certificate, Redacted key) {}

    static Issued authority(SecureRandom random, Instant now) {
        try {
            KeyPair keys = keys(random);
            var name = new X500Principal(NAME);
            var builder = new JcaX509v3CertificateBuilder(
                    name, serial(random), from(now), until(now, AUTHORITY_LIFE), name, keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return issued(builder, keys.getPrivate(), keys.getPrivate());
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate cannot be made", e);
        }
    }

    /** For both sides of a connection between replicas. */
    static Issued replica(Issued authority, String pod, SecureRandom random, Instant now) {
        try {
            X509Certificate issuer = certificate(authority.certificate());
            KeyPair keys = keys(random);
            // The name stands in the alternative names: a common name holds 64 letters at most.
            var builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    serial(random),
                    from(now),
                    until(now, REPLICA_LIFE),
                    new X500Principal("CN=Moorgate replica"),
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.dNSName, pod)));
            return issued(builder, keys.getPrivate(), key(authority.key()));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate cannot be made", e);
        }
    }

    /** Refuses what is not a certificate and the key that belongs to it. */
    static void check(Issued authority) {
        try {
            X509Certificate certificate = certificate(authority.certificate());
            certificate.verify(certificate.getPublicKey());
            var signature = java.security.Signature.getInstance(SIGNATURE);
            signature.initSign(key(authority.key()));
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            if (!signature.verify(signed)) {
                throw new IllegalArgumentException("the authority's key is not that of its certificate");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "the authority cannot be read: " + e.getClass().getSimpleName(), e);
        }
    }

    private static KeyPair keys(SecureRandom random) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    private static BigInteger serial(SecureRandom random) {
        return new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE);
    }

    private static Date from(Instant now) {
        return Date.from(now.minus(SLACK));
    }

    private static Date until(Instant now, Duration life) {
        return Date.from(now.plus(life));
    }

    private static Issued issued(JcaX509v3CertificateBuilder builder, PrivateKey key, PrivateKey signer)
            throws GeneralSecurityException, OperatorCreationException {
        var signing = new JcaContentSignerBuilder(SIGNATURE).build(signer);
        X509Certificate certificate = new JcaX509CertificateConverter().getCertificate(builder.build(signing));
        return new Issued(
                pem("CERTIFICATE", certificate.getEncoded()), new Redacted(pem("PRIVATE KEY", key.getEncoded())));
    }

    private static String pem(String kind, byte[] content) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n";
    }

    private static X509Certificate certificate(String pem) throws GeneralSecurityException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    private static PrivateKey key(Redacted pem) throws GeneralSecurityException {
        String content = pem.value().replaceAll("-----[A-Z ]+-----", "");
        byte[] encoded;
        try {
            encoded = Base64.getMimeDecoder().decode(content);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("not a key in PEM", e);
        }
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }
}
