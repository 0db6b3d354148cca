package dev.moorgate.dataplane.listen.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.listen.Pki;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Redacted;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys as tools write them: PKCS#8, PKCS#1, SEC 1, with text and other blocks around. */
class KeyMaterialTest {

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ecp256", "ecp384", "rsa2048"})
    void pkcs8IsRead(Algorithm algorithm) throws GeneralSecurityException {
        Certificate certificate = Pki.certificate("a", "a", algorithm);

        assertThat(KeyMaterial.read(certificate).key().getEncoded()).isEqualTo(pkcs8(certificate));
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ecp256", "ecp384", "rsa2048"})
    void theOlderFormsAreRead(Algorithm algorithm) throws GeneralSecurityException {
        Certificate certificate = Pki.certificate("a", "a", algorithm);
        String label = algorithm == Algorithm.rsa2048 ? "RSA PRIVATE KEY" : "EC PRIVATE KEY";
        String pem = "Bag Attributes\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                + pem(label, innerKey(pkcs8(certificate)));

        KeyMaterial read = KeyMaterial.read(new Certificate("a", certificate.chain(), new Redacted(pem)));

        assertThat(read.key()).isEqualTo(KeyMaterial.read(certificate).key());
    }

    @Test
    void aChainKeepsItsOrder() throws GeneralSecurityException {
        Certificate leaf = Pki.certificate("a", "leaf");
        Certificate issuer = Pki.certificate("b", "issuer");

        KeyMaterial read = KeyMaterial.read(
                new Certificate("a", "# leaf\n" + leaf.chain() + "\r\n# issuer\n" + issuer.chain(), leaf.key()));

        assertThat(read.chain())
                .extracting(each -> each.getSubjectX500Principal().getName())
                .containsExactly("CN=leaf", "CN=issuer");
    }

    @Test
    void anRsaKeyOfAnotherCertificateIsRefused() {
        Certificate one = Pki.certificate("a", "a", Algorithm.rsa2048);
        Certificate other = Pki.certificate("b", "b", Algorithm.rsa2048);

        assertThatThrownBy(() -> KeyMaterial.read(new Certificate("a", one.chain(), other.key())))
                .hasMessage("the private key is not the certificate's");
    }

    @Test
    void keysThatNoHandshakeWouldUseAreRefused() {
        Certificate edwards = Pki.certificate("a", "a", Algorithm.ed25519);

        assertThatThrownBy(() -> KeyMaterial.read(edwards)).hasMessage("key algorithm EdDSA is not served");
    }

    private static byte[] pkcs8(Certificate certificate) {
        String pem = certificate.key().value();
        return Base64.getMimeDecoder()
                .decode(pem.substring(pem.indexOf('\n'), pem.indexOf("-----END"))
                        .strip());
    }

    /** The octet string of PKCS#8's third element: what PKCS#1 and SEC 1 are made of. */
    private static byte[] innerKey(byte[] pkcs8) {
        int version = start(pkcs8, 0);
        int algorithm = end(pkcs8, version);
        int key = end(pkcs8, algorithm);
        return Arrays.copyOfRange(pkcs8, start(pkcs8, key), end(pkcs8, key));
    }

    private static int start(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int end(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        int length = first;
        if (first >= 0x80) {
            length = 0;
            for (int i = 0; i < (first & 0x7f); i++) {
                length = length << 8 | der[at + 2 + i] & 0xff;
            }
        }
        return start(der, at) + length;
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
