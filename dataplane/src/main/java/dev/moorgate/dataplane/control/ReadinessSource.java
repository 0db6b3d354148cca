package dev.moorgate.dataplane.control;

import java.util.Optional;

/** Whether clients may be sent here: a table is in force and no drain has begun. Any thread. */
@FunctionalInterface
public interface ReadinessSource {
    /** Why not; empty: ready. */
    Optional<String> obstacle();
}
