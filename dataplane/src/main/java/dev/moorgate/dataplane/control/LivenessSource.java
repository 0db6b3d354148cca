package dev.moorgate.dataplane.control;

import java.util.Optional;

/** Whether the process can go on, asked of every event loop (faults G5, G6). Any thread. */
@FunctionalInterface
public interface LivenessSource {
    /** What is wrong; empty: alive. */
    Optional<String> trouble();
}
