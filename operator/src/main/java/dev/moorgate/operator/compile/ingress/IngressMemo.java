package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.route.Answers;
import dev.moorgate.routetable.HostPattern;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of the Ingresses of the last compile that nothing was wrong with, by the very object of an Ingress, and of the hosts that
 * they share without a conflict. It holds as long as everything that an Ingress asked for is answered alike; a compile that uses it
 * equals one that does not. One compile at a time.
 */
public final class IngressMemo {
    private final Answers.Memo answers = new Answers.Memo();
    private IdentityHashMap<Ingress, Compiled> last = new IdentityHashMap<>();
    private IdentityHashMap<Ingress, Compiled> next = new IdentityHashMap<>();
    private Map<HostPattern, IngressHost> lastHosts = new HashMap<>();
    private Map<HostPattern, IngressHost> nextHosts = new HashMap<>();

    /** @param answers what the paths were made from beside the Ingress */
    private record Compiled(Answers answers, List<IngressPath> paths) {}

    /** The paths of an Ingress that is what it was; null: they have to be made. */
    @Nullable
    List<IngressPath> paths(Ingress ingress, Parts now) {
        Compiled known = last.get(ingress);
        if (known == null || !answers.areSame(known.answers, now.settings().routePolicy(), now)) {
            return null;
        }
        next.put(ingress, known);
        return known.paths;
    }

    void keep(Ingress ingress, Answers asked, List<IngressPath> paths) {
        next.put(ingress, new Compiled(answers.shared(asked), paths));
    }

    /** A host that these paths came to before; null: it has to be made. */
    @Nullable
    IngressHost host(HostPattern host, List<IngressPath> paths) {
        IngressHost known = lastHosts.get(host);
        return known != null && known.isFrom(paths) ? known : null;
    }

    void keep(IngressHost host) {
        nextHosts.put(host.host(), host);
    }

    /** A compile is over: what it did not use is forgotten. */
    public void turn() {
        last = next;
        next = new IdentityHashMap<>(last.size());
        lastHosts = nextHosts;
        nextHosts = new HashMap<>();
        answers.turn();
    }
}
