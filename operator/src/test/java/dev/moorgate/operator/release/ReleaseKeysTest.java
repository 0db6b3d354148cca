package dev.moorgate.operator.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.operator.publish.ReplicaIdentity;
import java.io.ByteArrayInputStream;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the Secret holds is read back whole or refused without a word of it. */
class ReleaseKeysTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final ReleaseKeys keys = ReleaseKeys.fresh(new SecureRandom(), NOW);

    @Test
    void keysAreReadBackAsTheyWere() {
        ReleaseKeys read = ReleaseKeys.read(keys.data());

        assertThat(read.ring()).isEqualTo(keys.ring());
        assertThat(read.masterKeys()).isEqualTo(keys.masterKeys());
        assertThat(read.data().keySet()).containsExactly("ca.crt", "ca.key", "session-keys");
        assertThat(read.ring().keys()).hasSize(1);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "ca.crt,''",
        "ca.crt,not a certificate",
        "ca.key,''",
        "ca.key,not a key",
        "session-keys,''",
        "session-keys,k1 AAAA 2026-11-22T12:00:00Z",
        "session-keys,only-one-word",
        "session-keys,# nothing"
    })
    void damagedSecretIsRefusedWithoutItsContent(String entry, String content) {
        Map<String, byte[]> data = new TreeMap<>(keys.data());
        data.put(entry, content.getBytes(UTF_8));

        assertThatThrownBy(() -> ReleaseKeys.read(data))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("AAAA");
    }

    @Test
    void keyOfAnotherAuthorityIsRefused() {
        Map<String, byte[]> data = new TreeMap<>(keys.data());
        data.put("ca.key", ReleaseKeys.fresh(new SecureRandom(), NOW).data().get("ca.key"));

        assertThatThrownBy(() -> ReleaseKeys.read(data)).hasMessageContaining("not that of its certificate");
    }

    @Test
    void certificateIsForThePodBySignatureOfTheAuthority() throws Exception {
        ReplicaIdentity identity = ReleaseKeys.read(keys.data()).identity("moorgate-5d9c-x7k2p", NOW);

        X509Certificate certificate = certificate(identity.certificate());
        X509Certificate authority = certificate(identity.authority());
        certificate.verify(authority.getPublicKey());
        assertThat(certificate.getSubjectAlternativeNames()).containsExactly(List.of(2, "moorgate-5d9c-x7k2p"));
        assertThat(certificate.getIssuerX500Principal()).isEqualTo(authority.getSubjectX500Principal());
        certificate.checkValidity(Date.from(NOW.minus(Duration.ofMinutes(5))));
        assertThat(identity.toString()).doesNotContain("PRIVATE KEY");
    }

    private static X509Certificate certificate(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(UTF_8)));
    }
}
