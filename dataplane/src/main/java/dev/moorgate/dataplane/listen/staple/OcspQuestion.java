package dev.moorgate.dataplane.listen.staple;

import java.io.IOException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * What is to be asked about a certificate, and whom: the first HTTP responder that it names (RFC 5280 4.2.2.1).
 *
 * @param mustStaple whether it asks for a staple in every handshake (RFC 7633)
 */
record OcspQuestion(X509Certificate leaf, X509Certificate issuer, URI responder, boolean mustStaple) {
    /** TLS feature; the value that matters is status_request. */
    private static final String TLS_FEATURE = "1.3.6.1.5.5.7.1.24";

    private static final int STATUS_REQUEST = 5;

    private static final AlgorithmIdentifier SHA1 =
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.14.3.2.26"), DERNull.INSTANCE);

    /** Empty where the chain has no issuer for its leaf, or the leaf names no responder that can be asked. */
    static Optional<OcspQuestion> of(List<X509Certificate> chain) {
        if (chain.size() < 2) {
            return Optional.empty();
        }
        X509Certificate leaf = chain.get(0);
        X509Certificate issuer = chain.get(1);
        if (!leaf.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return Optional.empty();
        }
        return responder(leaf).map(uri -> new OcspQuestion(leaf, issuer, uri, mustStaple(leaf)));
    }

    private static Optional<URI> responder(X509Certificate leaf) {
        byte[] extension = leaf.getExtensionValue(Extension.authorityInfoAccess.getId());
        if (extension == null) {
            return Optional.empty();
        }
        try {
            var access = AuthorityInformationAccess.getInstance(
                    ASN1OctetString.getInstance(extension).getOctets());
            for (AccessDescription description : access.getAccessDescriptions()) {
                GeneralName where = description.getAccessLocation();
                if (description.getAccessMethod().equals(AccessDescription.id_ad_ocsp)
                        && where.getTagNo() == GeneralName.uniformResourceIdentifier) {
                    URI uri = URI.create(
                            ASN1IA5String.getInstance(where.getName()).getString());
                    if ("http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null) {
                        return Optional.of(uri);
                    }
                }
            }
        } catch (IllegalArgumentException unreadable) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    static boolean mustStaple(X509Certificate leaf) {
        byte[] extension = leaf.getExtensionValue(TLS_FEATURE);
        if (extension == null) {
            return false;
        }
        try {
            var features = ASN1Sequence.getInstance(
                    ASN1OctetString.getInstance(extension).getOctets());
            for (var feature : features) {
                if (ASN1Integer.getInstance(feature).hasValue(STATUS_REQUEST)) {
                    return true;
                }
            }
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
        return false;
    }

    /** The request in DER, without a nonce: responders sign ahead of time (RFC 5019). */
    byte[] request() {
        byte[] key = SubjectPublicKeyInfo.getInstance(issuer.getPublicKey().getEncoded())
                .getPublicKeyData()
                .getBytes();
        var certificate = new CertID(
                SHA1,
                new DEROctetString(sha1(leaf.getIssuerX500Principal().getEncoded())),
                new DEROctetString(sha1(key)),
                new ASN1Integer(leaf.getSerialNumber()));
        var all = new DERSequence(new Request(certificate, null));
        try {
            return new OCSPRequest(new TBSRequest(null, all, (Extensions) null), null).getEncoded("DER");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Names things here, and proves nothing: the one hash that every responder knows (RFC 5019 2.1.1). */
    private static byte[] sha1(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
