package dev.moorgate.dataplane.admission;

import dev.moorgate.routetable.RoutePolicy.Clients;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of networks that all must let a client in. Immutable. */
final class ClientLists {
    private final List<Lists> all;

    private record Lists(List<Network> allow, List<Network> deny) {}

    ClientLists(List<Clients> clients) {
        all = clients.stream()
                .map(lists -> new Lists(
                        lists.allow().stream().map(Network::of).toList(),
                        lists.deny().stream().map(Network::of).toList()))
                .toList();
    }

    /**
     * An address that is none is let in by nobody.
     *
     * @param known the bytes of {@code client}, where somebody has them already
     */
    boolean admit(String client, byte @Nullable [] known) {
        byte[] address = all.isEmpty() ? null : known != null ? known : Network.literal(client);
        for (int i = 0; i < all.size(); i++) {
            Lists lists = all.get(i);
            boolean denied = address == null
                    || Network.anyContains(lists.deny(), address)
                    || !lists.allow().isEmpty() && !Network.anyContains(lists.allow(), address);
            if (denied) {
                return false;
            }
        }
        return true;
    }
}
