package dev.moorgate.dataplane.admission;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Work that is slow on purpose, one piece at a time and the clients in turn: whoever asks for much waits behind himself. When all places
 * are taken, a client that has fewer gets one of whoever has most. Any thread.
 */
final class Turns {
    static final int PLACES = 256;

    private final Executor thread;
    /** What each client waits for; whose turn it is comes first. */
    private final LinkedHashMap<String, ArrayDeque<Work>> clients = new LinkedHashMap<>();

    private int waiting;

    /** @param thread where the work is done */
    Turns(Executor thread) {
        this.thread = thread;
    }

    /** A piece of it: one of the two is called. */
    interface Work {
        void run();

        /** There is no place for it, or no longer. */
        void crowdedOut();
    }

    void add(String client, Work work) {
        Work loser = enter(client, work);
        if (loser == null) {
            thread.execute(() -> next().run());
        } else {
            // The turn of whoever loses is the turn of whoever came.
            loser.crowdedOut();
        }
    }

    /** Who gets no place for it; null: all have one. */
    private synchronized @Nullable Work enter(String client, Work work) {
        ArrayDeque<Work> own = clients.get(client);
        int places = own == null ? 0 : own.size();
        Work loser = null;
        if (waiting == PLACES) {
            ArrayDeque<Work> most = Collections.max(clients.values(), Comparator.comparingInt(ArrayDeque::size));
            if (most.size() <= places + 1) {
                return work;
            }
            loser = most.removeLast();
        } else {
            waiting++;
        }
        clients.computeIfAbsent(client, _ -> new ArrayDeque<>()).add(work);
        return loser;
    }

    private synchronized Work next() {
        Map.Entry<String, ArrayDeque<Work>> first = clients.pollFirstEntry();
        ArrayDeque<Work> own = first.getValue();
        Work work = own.removeFirst();
        if (!own.isEmpty()) {
            clients.put(first.getKey(), own);
        }
        waiting--;
        return work;
    }
}
