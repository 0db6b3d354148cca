package dev.moorgate.dataplane.forward;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The clients' connections of one event loop, as a list through nodes that they hold. That event loop only. */
public final class OpenConnections {
    private @Nullable Node first;
    private int count;

    /** A connection's place. */
    public static final class Node {
        private final ClientConnection connection;
        private @Nullable Node before;
        private @Nullable Node after;

        private Node(ClientConnection connection) {
            this.connection = connection;
        }
    }

    Node add(ClientConnection connection) {
        var node = new Node(connection);
        Node next = first;
        node.after = next;
        if (next != null) {
            next.before = node;
        }
        first = node;
        count++;
        return node;
    }

    /** Once. The node lets go of the others: with a dead one in the old generation each young collection would keep all that came after. */
    void remove(Node node) {
        Node before = node.before;
        Node after = node.after;
        if (before != null) {
            before.after = after;
        } else {
            first = after;
        }
        if (after != null) {
            after.before = before;
        }
        node.before = null;
        node.after = null;
        count--;
    }

    int count() {
        return count;
    }

    /** {@code action} may remove the connection that it is given. */
    void forEach(Consumer<ClientConnection> action) {
        for (Node each = first, next; each != null; each = next) {
            next = each.after;
            action.accept(each.connection);
        }
    }
}
