package dev.moorgate.dataplane.listen;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Redacted;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;

/** Certificates that are made when a test asks for them and so never expire. */
public final class Pki {
    private Pki() {}

    /** An ECDSA certificate whose common name and SAN are {@code name}. */
    public static Certificate certificate(String id, String name) {
        return certificate(id, name, Algorithm.ecp256);
    }

    public static Certificate certificate(String id, String name, Algorithm algorithm) {
        try {
            var bundle = new CertificateBuilder()
                    .subject("CN=" + name)
                    .addSanDnsName(name)
                    .algorithm(algorithm)
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            return new Certificate(id, bundle.getCertificatePEM(), new Redacted(bundle.getPrivateKeyPEM()));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
