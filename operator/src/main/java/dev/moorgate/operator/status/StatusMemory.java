package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.conditions.ObjectRef;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What earlier passes found and did, so that the same is not looked at or written over and over. Forgetting it all costs time, nothing
 * else. One thread.
 */
final class StatusMemory {
    /** Before the very same patch is sent to an object again: somebody else, or the API server, undoes it. */
    static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Between two writes of nothing but a number of endpoints. */
    private static final Duration BETWEEN_COUNTS = Duration.ofSeconds(30);

    private static final int MOST = 50_000;

    private final Clock clock;
    private final Map<Key, Right> right = new HashMap<>();
    private final Map<Key, String> foreign = new HashMap<>();
    private final Map<Key, Written> written = new HashMap<>();
    private final Set<Key> held = new HashSet<>();
    private Instant counted = Instant.MIN;

    /** An object. */
    record Key(String kind, String namespace, String name) {
        static Key of(ObjectRef object) {
            return new Key(object.kind(), object.namespace(), object.name());
        }
    }

    /** An object was as it should be at this resourceVersion, for this cause. */
    private record Right(String version, Object cause) {}

    /** A patch without its times. */
    private record Written(ObjectNode patch, Instant at) {}

    StatusMemory(Clock clock) {
        this.clock = clock;
    }

    boolean isRight(ObjectRef object, String version, Object cause) {
        return !version.isEmpty() && new Right(version, cause).equals(right.get(Key.of(object)));
    }

    void right(ObjectRef object, String version, Object cause) {
        bound(right);
        right.put(Key.of(object), new Right(version, cause));
    }

    /** Whether nothing of ours is in the object's status at this resourceVersion. */
    boolean isForeign(Key key, String version) {
        return version.equals(foreign.get(key));
    }

    void foreign(Key key, String version) {
        bound(foreign);
        foreign.put(key, version);
    }

    /** An Ingress that is ours as things stand. */
    void holds(Key key) {
        if (held.size() >= MOST) {
            held.clear();
        }
        held.add(key);
    }

    /** Whether it was ours, and what its status says of us has not been taken back since. */
    boolean isHeld(Key key) {
        return held.contains(key);
    }

    void letGo(Key key) {
        held.remove(key);
    }

    boolean mayWrite(Key key, ObjectNode patch) {
        Written last = written.get(key);
        return last == null
                || !last.patch().equals(Trees.withoutTimes(patch))
                || Duration.between(last.at(), clock.instant()).compareTo(PATIENCE) >= 0;
    }

    void wrote(Key key, ObjectNode patch) {
        bound(written);
        written.put(key, new Written(Trees.withoutTimes(patch), clock.instant()));
    }

    /** Whether it is time to tell a mere number; if so, it counts as told. */
    boolean mayCount() {
        Instant now = clock.instant();
        if (counted.isAfter(now.minus(BETWEEN_COUNTS))) {
            return false;
        }
        counted = now;
        return true;
    }

    private static void bound(Map<Key, ?> map) {
        if (map.size() >= MOST) {
            map.clear();
        }
    }
}
