package dev.moorgate.dataplane.listen.staple;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Redacted;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.ocsp.ResponderID;
import org.bouncycastle.asn1.ocsp.ResponseBytes;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** An authority with one certificate whose status it signs, or has signed by another. */
public final class Issuer {
    public static final CertStatus GOOD = new CertStatus();
    static final CertStatus UNKNOWN = new CertStatus(2, DERNull.INSTANCE);

    private static final AlgorithmIdentifier SHA256_ECDSA =
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.10045.4.3.2"));

    private static final AlgorithmIdentifier SHA1 =
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.14.3.2.26"), DERNull.INSTANCE);

    private final X509Bundle authority = authority("CN=authority");
    private final X509Bundle leaf;

    /** @param responder that its certificate names */
    public Issuer(String responder) {
        try {
            var access = new AuthorityInformationAccess(
                    AccessDescription.id_ad_ocsp, new GeneralName(GeneralName.uniformResourceIdentifier, responder));
            leaf = builder("CN=shop.example.com")
                    .addSanDnsName("shop.example.com")
                    .addExtensionOctetString(Extension.authorityInfoAccess.getId(), false, access.getEncoded("DER"))
                    .addExtensionOctetString("1.3.6.1.5.5.7.1.24", false, new byte[] {0x30, 3, 2, 1, 5})
                    .buildIssuedBy(authority);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static CertificateBuilder builder(String subject) {
        return new CertificateBuilder()
                .subject(subject)
                .algorithm(Algorithm.ecp256)
                .notBefore(Instant.now().minus(Duration.ofDays(30)))
                .notAfter(Instant.now().plus(Duration.ofDays(90)));
    }

    static X509Bundle authority(String subject) {
        try {
            return builder(subject).setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** One that the authority issued a certificate to, for signing responses or not. */
    X509Bundle delegate(boolean maySign) {
        try {
            CertificateBuilder builder = builder("CN=responder");
            return (maySign ? builder.addExtendedKeyUsageOcspSigning() : builder.addExtendedKeyUsageServerAuth())
                    .buildIssuedBy(authority);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    X509Bundle authority() {
        return authority;
    }

    X509Certificate leaf() {
        return leaf.getCertificate();
    }

    /** Certificate and issuer, as in a table. */
    public Certificate certificate(String id) {
        return new Certificate(
                id,
                leaf.getCertificatePEM() + "\n" + authority.getCertificatePEM(),
                new Redacted(leaf.getPrivateKeyPEM()));
    }

    static CertStatus revoked() {
        return new CertStatus(
                new RevokedInfo(new ASN1GeneralizedTime(Date.from(Instant.now().minusSeconds(60))), null));
    }

    /** Signed by the authority, valid from a minute ago. */
    public byte[] answer(CertStatus status, Duration life) {
        Instant from = Instant.now().minusSeconds(60);
        return answer(authority, leaf().getSerialNumber(), status, from, from.plus(life));
    }

    byte[] answer(X509Bundle signer, BigInteger serial, CertStatus status, Instant from, Instant until) {
        try {
            X509Certificate issuer = authority.getCertificate();
            var id = new CertID(
                    SHA1,
                    new DEROctetString(sha1(issuer.getSubjectX500Principal().getEncoded())),
                    keyHash(issuer),
                    new ASN1Integer(serial));
            var single = new SingleResponse(id, status, time(from), time(until), (Extensions) null);
            var data = new ResponseData(
                    new ResponderID(keyHash(signer.getCertificate())), time(from), new DERSequence(single), (Extensions)
                            null);
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(signer.getKeyPair().getPrivate());
            signature.update(data.getEncoded("DER"));
            DERSequence certificates = signer.equals(authority)
                    ? null
                    : new DERSequence(org.bouncycastle.asn1.x509.Certificate.getInstance(
                            signer.getCertificate().getEncoded()));
            var basic = new BasicOCSPResponse(data, SHA256_ECDSA, new DERBitString(signature.sign()), certificates);
            return new OCSPResponse(
                            new OCSPResponseStatus(0),
                            new ResponseBytes(
                                    OCSPObjectIdentifiers.id_pkix_ocsp_basic,
                                    new DEROctetString(basic.getEncoded("DER"))))
                    .getEncoded("DER");
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An OCSP error. */
    static byte[] error(int status) {
        try {
            return new OCSPResponse(new OCSPResponseStatus(status), null).getEncoded("DER");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ASN1GeneralizedTime time(Instant instant) {
        return new ASN1GeneralizedTime(Date.from(instant));
    }

    private static ASN1OctetString keyHash(X509Certificate certificate) {
        SubjectPublicKeyInfo key =
                SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded());
        return new DEROctetString(sha1(key.getPublicKeyData().getBytes()));
    }

    private static byte[] sha1(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
