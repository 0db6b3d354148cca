package dev.moorgate.dataplane.forward.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import org.junit.jupiter.api.Test;

/** How records of bodies are sealed: no two alike, and none passes for another (fault G8). */
class BufferSpaceTest {
    private static final byte[] PLAIN = "secret".repeat(20).getBytes(StandardCharsets.US_ASCII);

    private final BufferSpace space = space();
    private final long file = space.nextNumber();
    private final long other = space.nextNumber();

    private static BufferSpace space() {
        return new BufferSpace(Path.of("target", "spill"), 1 << 20, 1 << 20);
    }

    private byte[] sealed(long number, int record) throws GeneralSecurityException {
        return space.seal(number, record, PLAIN, PLAIN.length);
    }

    @Test
    void theSameContentIsNeverSealedAlike() throws GeneralSecurityException {
        byte[] first = sealed(file, 0);

        assertThat(new String(first, StandardCharsets.ISO_8859_1)).doesNotContain("secret");
        assertThat(sealed(file, 1)).isNotEqualTo(first);
        assertThat(sealed(file, 256)).isNotEqualTo(first);
        assertThat(sealed(other, 0)).isNotEqualTo(first);
        assertThat(space().seal(file, 0, PLAIN, PLAIN.length)).isNotEqualTo(first);
    }

    @Test
    void aRecordIsReadAsItselfAndAsNothingElse() throws GeneralSecurityException {
        byte[] first = sealed(file, 0);

        assertThat(space.unseal(file, 0, first)).isEqualTo(PLAIN);
        assertThatThrownBy(() -> space.unseal(file, 1, first)).isInstanceOf(AEADBadTagException.class);
        assertThatThrownBy(() -> space.unseal(other, 0, first)).isInstanceOf(AEADBadTagException.class);
        assertThatThrownBy(() -> space().unseal(file, 0, first)).isInstanceOf(AEADBadTagException.class);
        first[3] ^= 1;
        assertThatThrownBy(() -> space.unseal(file, 0, first)).isInstanceOf(AEADBadTagException.class);
    }
}
