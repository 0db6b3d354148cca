package dev.moorgate.dataplane.listen;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Open connections of each event loop; a new one goes to the loop with the fewest, so that a hundred long-lived connections
 * spread evenly. Picks are made on one acceptor thread, closes come from any loop.
 */
final class LoopLoad {
    private final List<Slot> slots;
    private int next;

    LoopLoad(EventLoopGroup loops) {
        var found = new ArrayList<Slot>();
        for (EventExecutor executor : loops) {
            if (executor instanceof EventLoop loop) {
                var slot = new Slot(loop, new AtomicInteger());
                found.add(slot);
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no event loops");
        }
        slots = List.copyOf(found);
    }

    /** One event loop and its open connections. */
    record Slot(EventLoop loop, AtomicInteger connections) {}

    /** The least loaded slot, its count raised; ties go round. */
    Slot take() {
        int size = slots.size();
        int start = next;
        next = (start + 1) % size;
        Slot best = slots.get(start);
        for (int i = 1; i < size; i++) {
            Slot slot = slots.get((start + i) % size);
            if (slot.connections.get() < best.connections.get()) {
                best = slot;
            }
        }
        best.connections.incrementAndGet();
        return best;
    }

    /** Counts a connection that the kernel has given to {@code loop}; the count falls when it closes. */
    AtomicInteger enter(EventLoop loop) {
        for (Slot slot : slots) {
            if (slot.loop.equals(loop)) {
                slot.connections.incrementAndGet();
                return slot.connections;
            }
        }
        throw new IllegalArgumentException("not one of our event loops");
    }

    List<Integer> counts() {
        return slots.stream().map(slot -> slot.connections.get()).toList();
    }
}
