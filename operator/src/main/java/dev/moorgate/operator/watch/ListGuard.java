package dev.moorgate.operator.watch;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does not believe at once that most routes are gone where nobody saw them go: after a restart or a new list (a stale API server, a
 * restored etcd) the cluster is asked once more before such a table is installed. A deletion that was watched is. Confined to the
 * walk.
 */
final class ListGuard {
    /** Fewer routes are not worth the doubt. */
    static final int WORTH = 200;

    static final Duration AGAIN = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(ListGuard.class);

    private final ClusterWatch watch;
    private long installed = -1;
    private boolean unseen = true;

    ListGuard(ClusterWatch watch) {
        this.watch = watch;
    }

    /** Objects are missing from a new list. */
    void vanished() {
        unseen = true;
    }

    /** A table with that many routes was installed. */
    void installed(long routes) {
        installed = routes;
        unseen = false;
    }

    /**
     * Whether a table with that many routes may be installed; if not, kinds are being listed again.
     *
     * @param before routes of the last table, as far as the cluster remembers: used after a restart
     */
    boolean isBelieved(long routes, long before) {
        long last = installed >= 0 ? installed : before;
        if (!unseen || last < WORTH || routes >= last / 2) {
            return true;
        }
        try {
            if (watch.agrees()) {
                LOG.warn(
                        "{} of {} routes are gone: the API server was asked again and says the same",
                        last - routes,
                        last);
                return true;
            }
            LOG.warn(
                    "{} of {} routes are missing from a list, and not from another: the last table stays until they agree",
                    last - routes,
                    last);
        } catch (RuntimeException unanswered) {
            LOG.warn(
                    "{} of {} routes are missing from a list, and {}: the last table stays",
                    last - routes,
                    last,
                    WatchFailure.sentence(unanswered));
        }
        return false;
    }
}
