package dev.moorgate.cli;

import dev.moorgate.routetable.ProxySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How {@code moorgate serve} runs, read from its command line.
 *
 * @param admin absent: no private listener
 * @param accessLog absent: what DataPlane says
 * @param accessLogFile absent: standard output
 * @param threads event loops; 0: by the processors
 */
record StandaloneSettings(
        @Nullable AdminAddress admin,
        Path keys,
        Optional<ProxySettings.AccessLog> accessLog,
        @Nullable Path accessLogFile,
        @Nullable Path statusDir,
        boolean demo,
        int threads,
        Duration drain,
        Duration lameDuck) {

    /** Where the private listener is bound. */
    record AdminAddress(String host, int port) {}
}
