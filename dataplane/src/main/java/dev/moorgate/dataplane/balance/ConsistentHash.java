package dev.moorgate.dataplane.balance;

import java.nio.charset.StandardCharsets;

/**
 * Rendezvous hashing with bounded load: every key ranks the endpoints by itself, so that one endpoint more or less moves
 * about 1/N of the keys and no others, in every process alike. An endpoint whose load is over the bound passes the key to
 * the next in its rank.
 */
final class ConsistentHash {
    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private ConsistentHash() {}

    /** FNV-1a, mixed. */
    static long of(byte[] bytes, int start, int end) {
        long hash = FNV_BASIS;
        for (int i = start; i < end; i++) {
            hash = (hash ^ (bytes[i] & 0xff)) * FNV_PRIME;
        }
        return mix(hash);
    }

    static long of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return of(bytes, 0, bytes.length);
    }

    /**
     * The endpoint of a key.
     *
     * @param pool not empty
     * @param boundPercent most load against the mean; 0: unbounded
     */
    static Candidate choose(Candidate[] pool, long key, int boundPercent) {
        long bound = boundPercent == 0 ? Long.MAX_VALUE : bound(pool, boundPercent);
        Candidate best = null;
        Candidate first = pool[0];
        long bestScore = Long.MIN_VALUE;
        long firstScore = Long.MIN_VALUE;
        for (Candidate candidate : pool) {
            long score = mix(key ^ candidate.hash());
            if (score >= firstScore) {
                first = candidate;
                firstScore = score;
            }
            if (score >= bestScore && candidate.state().inFlight() < bound) {
                best = candidate;
                bestScore = score;
            }
        }
        return best == null ? first : best;
    }

    /** What an endpoint's load must be below, this request included in the mean; rounded up. */
    private static long bound(Candidate[] pool, int percent) {
        long load = 1;
        for (Candidate candidate : pool) {
            load += candidate.state().inFlight();
        }
        long share = 100L * pool.length;
        return (load * percent + share - 1) / share;
    }

    /** The finaliser of SplitMix64. */
    static long mix(long hash) {
        long h = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        h = (h ^ (h >>> 27)) * 0x94d049bb133111ebL;
        return h ^ (h >>> 31);
    }
}
