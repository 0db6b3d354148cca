package dev.moorgate.operator.release;

import dev.moorgate.routetable.StickySession;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * When keys change: a new one verifies everywhere before it signs anywhere, and an old one verifies as long as its tokens live.
 *
 * @param period how long a key signs
 * @param kept how long one that no longer signs still verifies: the longest life of a token, at least 7 days
 */
public record KeyRotation(Duration period, Duration kept) {
    public static final KeyRotation STANDARD = new KeyRotation(Duration.ofDays(30), Duration.ofDays(31));

    /** So that no token of these sessions outlives its key; those without an absolute timeout live for 31 days at most. */
    public static KeyRotation keeping(List<StickySession> sessions) {
        Duration longest = sessions.stream()
                .flatMap(session -> session.absoluteTimeout().stream())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO)
                .plusDays(1);
        return longest.compareTo(STANDARD.kept) > 0 ? new KeyRotation(STANDARD.period, longest) : STANDARD;
    }

    /**
     * The keys that are to follow, one step at a time; absent: nothing is to be done.
     *
     * @param keys the first signs
     * @param everywhere whether every ready replica has the key
     */
    public Optional<List<MasterKey>> next(
            List<MasterKey> keys, Instant now, Predicate<MasterKey> everywhere, SecureRandom random) {
        MasterKey signer = keys.getFirst();
        Optional<MasterKey> pending = pending(keys);
        if (pending.isPresent()) {
            return everywhere.test(pending.get()) ? Optional.of(promoted(keys, pending.get(), now)) : Optional.empty();
        }
        if (Duration.between(signer.since(), now).compareTo(period) >= 0) {
            var more = new ArrayList<>(keys);
            more.add(MasterKey.fresh(random, now, keys));
            return Optional.of(List.copyOf(more));
        }
        return retired(keys, now);
    }

    /** The key that verifies and is to sign once every replica has it. */
    public static Optional<MasterKey> pending(List<MasterKey> keys) {
        Instant signer = keys.getFirst().since();
        return keys.stream().filter(key -> key.since().isAfter(signer)).findFirst();
    }

    /** When the next key is made; absent: it is there and waits. */
    public Optional<Instant> due(List<MasterKey> keys) {
        return pending(keys).isPresent()
                ? Optional.empty()
                : Optional.of(keys.getFirst().since().plus(period));
    }

    private static List<MasterKey> promoted(List<MasterKey> keys, MasterKey pending, Instant now) {
        var order = new ArrayList<>(keys);
        order.remove(pending);
        order.addFirst(pending.at(now));
        return List.copyOf(order);
    }

    /** A key stopped signing when the one before it in the list began. */
    private Optional<List<MasterKey>> retired(List<MasterKey> keys, Instant now) {
        var left = new ArrayList<MasterKey>();
        for (int i = 0; i < keys.size(); i++) {
            boolean expired =
                    i > 0 && Duration.between(keys.get(i - 1).since(), now).compareTo(kept) >= 0;
            if (!expired) {
                left.add(keys.get(i));
            }
        }
        return left.size() == keys.size() ? Optional.empty() : Optional.of(List.copyOf(left));
    }
}
