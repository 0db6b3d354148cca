package dev.moorgate.operator.status;

import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.routetable.SourceRef;
import java.util.Map;
import java.util.Optional;

/**
 * How far one compile has come on the replicas.
 *
 * @param digest of the compiled table
 * @param sources digest of what was compiled from each object; an object that is not here counts by the whole table
 */
record Progress(String digest, Map<SourceRef, String> sources, Rollout rollout) {
    private static final int SHORT_DIGEST = 12;

    /**
     * Ready replicas that run something as it was compiled.
     *
     * @param digest in short form for people
     */
    record Spread(int acked, int ready, String digest) {
        boolean isComplete() {
            return acked == ready;
        }

        /** {@code acked 2/3, digest 5f2c09aa01bc}. */
        String sentence() {
            return "acked " + acked + "/" + ready + ", digest " + digest;
        }
    }

    /** Of the whole table. */
    Spread spread() {
        int ready = 1;
        int acked = digest.equals(rollout.digest()) ? 1 : 0;
        for (Rollout.Replica replica : rollout.replicas()) {
            if (replica.ready()) {
                ready++;
                acked += replica.known() && digest.equals(replica.digest()) ? 1 : 0;
            }
        }
        return new Spread(acked, ready, shortForm(digest));
    }

    Spread spread(SourceRef object) {
        String wanted = sources.get(object);
        if (wanted == null) {
            return spread();
        }
        int ready = 1;
        int acked = wanted.equals(rollout.sources().get(object)) ? 1 : 0;
        for (Rollout.Replica replica : rollout.replicas()) {
            if (replica.ready()) {
                ready++;
                acked += replica.known() && wanted.equals(replica.sources().get(object)) ? 1 : 0;
            }
        }
        return new Spread(acked, ready, shortForm(wanted));
    }

    /** Whether our own data plane runs the object as it was compiled; where that does not answer, whether any other does. */
    boolean isInstalled(SourceRef object) {
        String wanted = sources.get(object);
        boolean isOwn = wanted == null
                ? digest.equals(rollout.digest())
                : wanted.equals(rollout.sources().get(object));
        return isOwn || !rollout.connected() && spread(object).acked() > 0;
    }

    /** Why our data plane does not run this table, where it said so. */
    Optional<String> refusal() {
        return rollout.refusal().map(Rollout.Refusal::reason);
    }

    private static String shortForm(String digest) {
        return digest.length() <= SHORT_DIGEST ? digest : digest.substring(0, SHORT_DIGEST);
    }
}
