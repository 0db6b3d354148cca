package dev.moorgate.dataplane.listen.staple;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.ResponseBytes;
import org.bouncycastle.asn1.ocsp.SingleResponse;

/** A response that says that a certificate is good, verified, as it goes into handshakes. Immutable. */
final class OcspAnswer {
    /** Of a response that does not say when the next one comes: as long as the JDK and browsers take it for fresh. */
    private static final Duration LIFE_UNSAID = Duration.ofMinutes(10);

    private static final int UNKNOWN_STATUS = 2;

    private final byte[] der;
    private final Instant thisUpdate;
    private final Instant nextUpdate;

    private OcspAnswer(byte[] der, Instant thisUpdate, Instant nextUpdate) {
        this.der = der;
        this.thisUpdate = thisUpdate;
        this.nextUpdate = nextUpdate;
    }

    /** Not to be changed. */
    byte[] der() {
        return der;
    }

    Instant thisUpdate() {
        return thisUpdate;
    }

    /** From when on nobody believes it any more. */
    Instant nextUpdate() {
        return nextUpdate;
    }

    /**
     * Reads and verifies: signed by the issuer or by whom it let sign, about this certificate, in its time, good.
     *
     * @throws OcspFailure where it is none that could be stapled
     */
    static OcspAnswer read(byte[] der, OcspQuestion question, Instant now) throws OcspFailure {
        SingleResponse single = find(basic(der), question.leaf().getSerialNumber());
        Instant from;
        Instant until;
        try {
            from = single.getThisUpdate().getDate().toInstant();
            until = single.getNextUpdate() == null
                    ? from.plus(LIFE_UNSAID)
                    : single.getNextUpdate().getDate().toInstant();
        } catch (ParseException e) {
            throw new OcspFailure(StapleFault.MALFORMED, "its times do not parse");
        }
        if (now.isAfter(until)) {
            throw new OcspFailure(StapleFault.OUT_OF_DATE, "its time ended at " + until);
        }
        verify(der, question, now, single.getCertStatus().getTagNo() == UNKNOWN_STATUS);
        return new OcspAnswer(der, from, until);
    }

    private static BasicOCSPResponse basic(byte[] der) throws OcspFailure {
        try {
            OCSPResponse response = OCSPResponse.getInstance(der);
            int status = response.getResponseStatus().getIntValue();
            if (status != 0) {
                throw new OcspFailure(StapleFault.REFUSED, "the responder says " + word(status));
            }
            ResponseBytes bytes = response.getResponseBytes();
            if (bytes == null || !OCSPObjectIdentifiers.id_pkix_ocsp_basic.equals(bytes.getResponseType())) {
                throw new OcspFailure(StapleFault.MALFORMED, "it has no basic response");
            }
            return BasicOCSPResponse.getInstance(bytes.getResponse().getOctets());
        } catch (RuntimeException e) {
            throw new OcspFailure(StapleFault.MALFORMED, "it is no OCSP response");
        }
    }

    private static String word(int status) {
        return switch (status) {
            case 1 -> "malformedRequest";
            case 2 -> "internalError";
            case 3 -> "tryLater";
            case 5 -> "sigRequired";
            case 6 -> "unauthorized";
            default -> "status " + status;
        };
    }

    private static SingleResponse find(BasicOCSPResponse basic, BigInteger serial) throws OcspFailure {
        try {
            for (ASN1Encodable each : basic.getTbsResponseData().getResponses()) {
                SingleResponse single = SingleResponse.getInstance(each);
                if (single.getCertID().getSerialNumber().hasValue(serial)) {
                    return single;
                }
            }
        } catch (RuntimeException e) {
            throw new OcspFailure(StapleFault.MALFORMED, "its responses do not parse");
        }
        throw new OcspFailure(StapleFault.UNVERIFIED, "it is of another certificate");
    }

    /** With the JDK's validator: path of the responder, its extended key usage, signature, name and key of the issuer, times. */
    private static void verify(byte[] der, OcspQuestion question, Instant now, boolean isUnknown) throws OcspFailure {
        try {
            CertPathValidator validator = CertPathValidator.getInstance("PKIX");
            PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
            checker.setOptions(EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK));
            checker.setOcspResponses(Map.of(question.leaf(), der));
            PKIXParameters parameters = parameters(question, now);
            parameters.addCertPathChecker(checker);
            var _ = validator.validate(
                    CertificateFactory.getInstance("X.509").generateCertPath(List.of(question.leaf())), parameters);
        } catch (CertPathValidatorException e) {
            String detail = String.valueOf(e.getMessage());
            if (e.getReason() == BasicReason.REVOKED) {
                throw new OcspFailure(StapleFault.REVOKED, detail);
            }
            if (detail.contains("out-of-date")) {
                throw new OcspFailure(StapleFault.OUT_OF_DATE, detail);
            }
            if (isUnknown && detail.contains("status is unknown")) {
                throw new OcspFailure(StapleFault.UNKNOWN, detail);
            }
            throw new OcspFailure(StapleFault.UNVERIFIED, detail);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new OcspFailure(StapleFault.UNVERIFIED, String.valueOf(e.getMessage()));
        }
    }

    private static PKIXParameters parameters(OcspQuestion question, Instant now)
            throws InvalidAlgorithmParameterException {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(question.issuer(), null)));
        // by the checker alone, which is given the response
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(now));
        return parameters;
    }
}
