package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.kit.Await;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {
    private final OpenConnections open = new OpenConnections();

    private static final class Connection implements ClientConnection {
        @Override
        public ListenerState.Known listener() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void closeIfIdle() {}

        @Override
        public void close() {}
    }

    private List<ClientConnection> all() {
        List<ClientConnection> all = new ArrayList<>();
        open.forEach(all::add);
        return all;
    }

    @Test
    void removesWhereverItStands() {
        var connections = List.of(new Connection(), new Connection(), new Connection());
        var nodes = connections.stream().map(open::add).toList();

        open.remove(nodes.get(1));
        assertThat(all()).containsExactly(connections.get(2), connections.get(0));
        open.remove(nodes.get(2));
        assertThat(all()).containsExactly(connections.get(0));
        open.remove(nodes.get(0));
        assertThat(all()).isEmpty();
        assertThat(open.count()).isZero();
    }

    @Test
    void actionMayRemoveWhatItIsGiven() {
        var connections = List.of(new Connection(), new Connection(), new Connection());
        var nodes = connections.stream().map(open::add).toList();
        List<ClientConnection> seen = new ArrayList<>();

        open.forEach(each -> {
            seen.add(each);
            open.remove(nodes.get(connections.indexOf(each)));
        });

        assertThat(seen).containsExactlyElementsOf(connections.reversed());
        assertThat(open.count()).isZero();
    }

    /** A node that is gone holds no connection of later: from the old generation it would keep each of them through young collections. */
    @Test
    void removedNodeHoldsNoNeighbour() {
        OpenConnections.Node earlier = open.add(new Connection());
        OpenConnections.Node gone = open.add(new Connection());
        WeakReference<Connection> later = addedAndRemovedBehind(gone);
        open.remove(earlier);

        Await.until("the connection to be collected", () -> {
            System.gc();
            return later.refersTo(null);
        });
        assertThat(gone).isNotNull();
        assertThat(earlier).isNotNull();
    }

    private WeakReference<Connection> addedAndRemovedBehind(OpenConnections.Node gone) {
        var connection = new Connection();
        OpenConnections.Node node = open.add(connection);
        open.remove(gone);
        open.remove(node);
        return new WeakReference<>(connection);
    }
}
