package dev.moorgate.operator.release;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Keys of policies that have them changed at a pace of their own. Such a ring begins with the release's keys, by which the sessions of
 * the policy were signed until then, and ends with them: neither the wish nor its end costs a session.
 */
final class OwnRings {
    /** As many as a Secret has room for. */
    static final int MOST = 256;

    /** Longer than any release lives: a ring that nobody wants any more gets no further key of its own. */
    private static final Duration NEVER = Duration.ofDays(36_500);

    /** Who has been without sessions for so long is gone, and no list that came a moment late. */
    private static final Duration ABANDONED = Duration.ofDays(2);

    private OwnRings() {}

    /**
     * The rings that are to follow, each a step further where one is due.
     *
     * @param release the release's own keys, and how long they are kept
     * @param wanted how the keys of each owner are to change; of those who have a ring and are not named nobody wants one any more
     * @param used owners that have sessions: what is left of the others is not waited for
     * @param everywhere whether every ready replica has the ring of an owner as it is now
     */
    static SortedMap<String, List<MasterKey>> next(
            ReleaseKeys keys,
            KeyRotation release,
            SortedMap<String, KeyRotation> wanted,
            Set<String> used,
            Instant now,
            BiPredicate<String, List<MasterKey>> everywhere,
            SecureRandom random) {
        SortedMap<String, List<MasterKey>> next = new TreeMap<>();
        int rings = keys.ownKeys().size();
        Set<String> owners = new TreeSet<>(keys.ownKeys().keySet());
        owners.addAll(wanted.keySet());
        for (String owner : owners) {
            List<MasterKey> own = keys.ownKeys().get(owner);
            KeyRotation rotation = wanted.get(owner);
            if (own == null) {
                if (rotation != null && rings < MOST) {
                    rings++;
                    next.put(owner, begun(keys.masterKeys(), now, random));
                }
            } else if (rotation != null) {
                next.put(
                        owner,
                        rotation.next(own, now, key -> everywhere.test(owner, own), random)
                                .orElse(own));
            } else {
                // A ring that nobody uses is installed nowhere, and there is nothing to wait for.
                boolean isUsed = used.contains(owner);
                Duration kept = isUsed ? release.kept() : ABANDONED;
                Predicate<List<MasterKey>> known = ring -> !isUsed || everywhere.test(owner, ring);
                ending(own, keys.masterKeys(), kept, now, known, random).ifPresent(left -> next.put(owner, left));
            }
        }
        return next;
    }

    /** What signs now and before, and a key that is to follow. */
    private static List<MasterKey> begun(List<MasterKey> release, Instant now, SecureRandom random) {
        Instant signer = release.getFirst().since();
        List<MasterKey> own = new ArrayList<>(
                release.stream().filter(key -> !key.since().isAfter(signer)).toList());
        // A key that waits is one that is younger than the signer, be it by a moment.
        Instant later = now.isAfter(signer) ? now : signer.plusMillis(1);
        own.add(MasterKey.fresh(random, later, release));
        return List.copyOf(own);
    }

    /** Empty: only keys of the release are left, and the ring can go. */
    private static Optional<List<MasterKey>> ending(
            List<MasterKey> own,
            List<MasterKey> release,
            Duration kept,
            Instant now,
            Predicate<List<MasterKey>> everywhere,
            SecureRandom random) {
        Set<String> kids = release.stream().map(MasterKey::kid).collect(Collectors.toSet());
        if (kids.containsAll(own.stream().map(MasterKey::kid).collect(Collectors.toCollection(HashSet::new)))) {
            return Optional.empty();
        }
        MasterKey signer = release.getFirst();
        boolean isLed = kids.contains(own.getFirst().kid());
        boolean isThere = own.stream().anyMatch(key -> key.kid().equals(signer.kid()));
        if (!isLed && !isThere) {
            List<MasterKey> more = new ArrayList<>(own);
            more.add(signer.at(now));
            return Optional.of(List.copyOf(more));
        }
        if (!isLed && KeyRotation.pending(own).isEmpty()) {
            // It is known everywhere since the ring began.
            List<MasterKey> order = new ArrayList<>(own);
            order.removeIf(key -> key.kid().equals(signer.kid()));
            order.addFirst(signer.at(now));
            return Optional.of(List.copyOf(order));
        }
        return Optional.of(new KeyRotation(NEVER, kept)
                .next(own, now, key -> everywhere.test(own), random)
                .orElse(own));
    }
}
