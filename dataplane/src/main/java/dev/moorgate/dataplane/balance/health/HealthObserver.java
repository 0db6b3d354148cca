package dev.moorgate.dataplane.balance.health;

import dev.moorgate.routetable.Endpoint;
import org.jspecify.annotations.Nullable;

/** Is told of every change of health, once; any thread, and quickly: locks are held. */
@FunctionalInterface
public interface HealthObserver {
    HealthObserver NONE = (_, _, _, _) -> {};

    /** What changed. */
    enum Change {
        /** So many active checks failed in a row: no requests, and its sessions move. */
        CHECK_FAILED,
        /** So many active checks passed in a row. */
        CHECK_PASSED,
        /** Put aside for a time for what requests met there. */
        EJECTED,
        /** The time is over. */
        RETURNED,
        /** Gets its whole share from now on. */
        WARMED,
        /** Too few endpoints of the upstream are good: ejections are ignored. */
        PANIC,
        CALM,
        /** All endpoints of the upstream fail their checks, and all are taken for good. */
        OPENED,
        CLOSED
    }

    /**
     * Something changed.
     *
     * @param endpoint null: the upstream as a whole
     * @param reason one of few words for EJECTED; a sentence for a failed check
     */
    void changed(String upstream, @Nullable Endpoint endpoint, Change change, String reason);
}
