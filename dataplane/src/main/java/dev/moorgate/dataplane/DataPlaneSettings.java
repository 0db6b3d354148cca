package dev.moorgate.dataplane;

import dev.moorgate.dataplane.observe.AccessLog;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a process is told at its start, as against what its tables say.
 *
 * @param eventLoops 0: as many as there are processors, 8 at most
 * @param accessLog file; absent: standard output
 * @param queries whether the access log has them
 * @param health where /healthz, /readyz and /metrics are served; absent: nowhere
 * @param admin where /table and /upstreams are served; the same as {@code health}: both in one
 * @param spill where bodies go that routes buffer and memory does not hold
 * @param zone that the process runs in ({@code topology.kubernetes.io/zone}); empty: not known
 * @param asksLocalResponders whether OCSP responders on this machine and link are asked too: standalone
 */
public record DataPlaneSettings(
        int eventLoops,
        Transport transport,
        Optional<Path> accessLog,
        AccessLog.Queries queries,
        Optional<InetSocketAddress> health,
        Optional<InetSocketAddress> admin,
        Spill spill,
        String zone,
        boolean asksLocalResponders) {
    private static final int MOST_LOOPS = 1024;
    private static final int MOST_LOOPS_UNASKED = 8;

    public static final DataPlaneSettings STANDARD = new DataPlaneSettings(
            0,
            Transport.NATIVE,
            Optional.empty(),
            AccessLog.Queries.OMITTED,
            Optional.empty(),
            Optional.empty(),
            Spill.STANDARD,
            "",
            false);

    /**
     * Disk for bodies.
     *
     * @param folder made when it is first needed
     * @param most bytes of all files together
     */
    public record Spill(Path folder, long most) {
        public static final Spill STANDARD =
                new Spill(Path.of(System.getProperty("java.io.tmpdir"), "moorgate-spill"), 1L << 30);

        public Spill {
            if (most < 0) {
                throw new IllegalArgumentException("spill bytes must not be negative");
            }
        }
    }

    /** How sockets are served. */
    public enum Transport {
        /** epoll or kqueue where there is one, else NIO. */
        NATIVE,
        NIO,
        /** io_uring where the kernel and the container allow it, else NATIVE. */
        IO_URING
    }

    public DataPlaneSettings {
        if (eventLoops < 0 || eventLoops > MOST_LOOPS) {
            throw new IllegalArgumentException("eventLoops must be 0 to " + MOST_LOOPS + ", not " + eventLoops);
        }
    }

    int loops() {
        return eventLoops > 0
                ? eventLoops
                : Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_LOOPS_UNASKED);
    }

    public DataPlaneSettings withEventLoops(int loops) {
        return new DataPlaneSettings(
                loops, transport, accessLog, queries, health, admin, spill, zone, asksLocalResponders);
    }

    public DataPlaneSettings withTransport(Transport wanted) {
        return new DataPlaneSettings(
                eventLoops, wanted, accessLog, queries, health, admin, spill, zone, asksLocalResponders);
    }

    public DataPlaneSettings withAccessLog(Path file, AccessLog.Queries shown) {
        return new DataPlaneSettings(
                eventLoops, transport, Optional.of(file), shown, health, admin, spill, zone, asksLocalResponders);
    }

    public DataPlaneSettings withHealth(InetSocketAddress address) {
        return new DataPlaneSettings(
                eventLoops,
                transport,
                accessLog,
                queries,
                Optional.of(address),
                admin,
                spill,
                zone,
                asksLocalResponders);
    }

    public DataPlaneSettings withAdmin(InetSocketAddress address) {
        return new DataPlaneSettings(
                eventLoops,
                transport,
                accessLog,
                queries,
                health,
                Optional.of(address),
                spill,
                zone,
                asksLocalResponders);
    }

    public DataPlaneSettings withSpill(Spill where) {
        return new DataPlaneSettings(
                eventLoops, transport, accessLog, queries, health, admin, where, zone, asksLocalResponders);
    }

    public DataPlaneSettings withZone(String own) {
        return new DataPlaneSettings(
                eventLoops, transport, accessLog, queries, health, admin, spill, own, asksLocalResponders);
    }

    /** Asks OCSP responders wherever they are. */
    public DataPlaneSettings withLocalResponders() {
        return new DataPlaneSettings(eventLoops, transport, accessLog, queries, health, admin, spill, zone, true);
    }
}
