package dev.moorgate.operator.release;

import java.security.SecureRandom;
import java.time.Instant;

/** Keys for tests of other packages. */
public final class TestKeys {
    private TestKeys() {}

    public static ReleaseKeys fresh() {
        return ReleaseKeys.fresh(new SecureRandom(), Instant.now());
    }
}
