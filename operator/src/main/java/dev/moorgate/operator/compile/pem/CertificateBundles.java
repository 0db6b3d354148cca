package dev.moorgate.operator.compile.pem;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;

/** Several certificates in one PEM text: those of authorities. Pure. */
public final class CertificateBundles {
    private static final String LABEL = "CERTIFICATE";

    private CertificateBundles() {}

    /** What a text is. */
    public sealed interface Outcome {
        /** The certificates and nothing else, so that keys that stand beside them go no further. */
        record Good(String pem) implements Outcome {}

        /** A sentence without its subject. */
        record Bad(String sentence) implements Outcome {}
    }

    public static Outcome read(String text) {
        try {
            List<Pem.Block> certificates = Pem.blocks(text).stream()
                    .filter(block -> block.label().equals(LABEL))
                    .toList();
            if (certificates.isEmpty()) {
                return new Outcome.Bad("holds no certificate in PEM");
            }
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            var pem = new StringBuilder();
            for (Pem.Block certificate : certificates) {
                factory.generateCertificate(new ByteArrayInputStream(certificate.der()));
                pem.append(Pem.write(LABEL, certificate.der()));
            }
            return new Outcome.Good(pem.toString());
        } catch (IllegalArgumentException | CertificateException unreadable) {
            return new Outcome.Bad("holds a certificate that cannot be read");
        }
    }
}
