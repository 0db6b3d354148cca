package dev.moorgate.dataplane.listen;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A few open file descriptors kept back: they are let go while clients hold all others, so that the private listeners can
 * still be reached, and are taken back before clients are accepted again. Thread-safe.
 */
final class SpareDescriptors {
    private static final int KEPT = 5;
    private static final String NOTHING = "/dev/null";

    private final Deque<Closeable> held = new ArrayDeque<>();

    SpareDescriptors() {
        reclaim();
    }

    synchronized void release() {
        while (!held.isEmpty()) {
            try {
                held.pop().close();
            } catch (IOException e) {
                // a descriptor that cannot be closed is no longer ours either
            }
        }
    }

    /** Whether all of them are held again. Where there is no such file they are not kept at all. */
    synchronized boolean reclaim() {
        if (!new File(NOTHING).exists()) {
            return true;
        }
        try {
            while (held.size() < KEPT) {
                held.push(new FileInputStream(NOTHING));
            }
            return true;
        } catch (IOException e) {
            release();
            return false;
        }
    }
}
