package dev.moorgate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of sticky sessions on disk. */
class KeyFileTest {
    @TempDir
    private Path folder;

    @Test
    void anAbsentFileIsMadeForItsOwnerOnlyAndStays() throws IOException {
        Path file = folder.resolve("state/keys");

        var made = KeyFile.load(file);

        assertThat(KeyFile.load(file)).isEqualTo(made);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(made.toString())
                .doesNotContain(made.keys().getFirst().secret().value());
    }

    @Test
    void theFirstKeySignsAndAllAreRead() throws IOException {
        Path file = folder.resolve("keys");
        Files.writeString(file, "# rotated\nk2 " + "A".repeat(43) + "=\n\nk1 " + "B".repeat(42) + "A=\n");

        assertThat(KeyFile.load(file).keys()).extracting(key -> key.kid()).containsExactly("k2", "k1");
    }

    @Test
    void aBadLineIsToldWithItsPlaceAndWithoutTheKey() throws IOException {
        Path file = folder.resolve("keys");
        Files.writeString(file, "k1 c2hvcnQ=\n");

        assertThatThrownBy(() -> KeyFile.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("keys:1: a key has 32 bytes")
                .hasMessageNotContaining("c2hvcnQ");
    }
}
