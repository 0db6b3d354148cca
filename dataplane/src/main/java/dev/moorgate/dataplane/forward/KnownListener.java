package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.filter.ForwardedHeaders;
import org.jspecify.annotations.Nullable;

/** The listener as one connection knows it: of the state in force, or as it was before it was removed. */
final class KnownListener {
    final String name;

    private final ClientFacts client;
    private ProxyState state = ProxyState.EMPTY;
    private @Nullable ListenerState listener;
    private @Nullable ForwardedHeaders forwarded;
    private @Nullable ListenerState forwardedFor;

    KnownListener(String name, ClientFacts client) {
        this.name = name;
        this.client = client;
    }

    /** Takes the state in force; null: the listener was never there. */
    @Nullable
    ListenerState refresh(ProxyState now) {
        if (now != state) {
            state = now;
            ListenerState current = now.listener(name);
            listener = current == null ? listener : current;
        }
        return listener;
    }

    ProxyState state() {
        return state;
    }

    @Nullable
    ListenerState last() {
        return listener;
    }

    /** Whether the state that was last taken has it. */
    boolean isThere() {
        return state.listener(name) != null;
    }

    /** The forwarded family as the connection's requests carry it. */
    ForwardedHeaders forwarded(ListenerState on) {
        ForwardedHeaders known = forwarded;
        if (known == null || forwardedFor != on) {
            known = new ForwardedHeaders(on.trusted, client.remote().getAddress(), on.entrance);
            forwarded = known;
            forwardedFor = on;
        }
        return known;
    }
}
