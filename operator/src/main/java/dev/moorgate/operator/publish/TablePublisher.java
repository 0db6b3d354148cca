package dev.moorgate.operator.publish;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * Keeps one data plane at the newest table: one push in flight, the newest wins, only what changed travels, the whole table on
 * any doubt. Calls return at once; any thread. What became of a push is told by {@link #rollout}.
 */
public final class TablePublisher implements AutoCloseable {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** {@code epochMillis}: the wall clock, for the order of operator processes. Starts threads of its own. */
    public TablePublisher(PublishTransport transport, LongSupplier epochMillis) {}

    /** Brings a table and its endpoints into force; nothing to do where they are. */
    public void publish(RouteTable table, EndpointTable endpoints) {}

    /** Brings endpoints of the table that was published last into force. */
    public void publishEndpoints(EndpointTable endpoints) {}

    /** As of now; {@code replicas} are those of the follower, where one is given. */
    public Rollout rollout() {
        return Rollout.NONE;
    }

    /** Called after every change of {@link #rollout}, on a thread of ours; must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {}
}
