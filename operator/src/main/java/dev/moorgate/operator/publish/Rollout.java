package dev.moorgate.operator.publish;

import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.SourceDigests;
import dev.moorgate.routetable.wire.TableVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the data planes run, as far as it is known here: our own, and for the leader those of the other replicas. Immutable.
 *
 * @param connected whether our own data plane answers
 * @param acked version of the table in force in our own data plane; absent: none, or not known yet
 * @param digest of that table; empty where {@code acked} is absent
 * @param refusal of the newest table that we pushed; absent: it is in force or on its way
 * @param sources digest of what is in force by the object that it was compiled from ({@code SourceRef} without rule)
 * @param replicas the other replicas, sorted by name; empty unless we lead
 */
public record Rollout(
        boolean connected,
        Optional<TableVersion> acked,
        String digest,
        Optional<Refusal> refusal,
        Map<SourceRef, String> sources,
        List<Replica> replicas) {
    /** Before the first answer of the data plane. */
    public static final Rollout NONE = new Rollout(false, Optional.empty(), "", Optional.empty(), Map.of(), List.of());

    /**
     * Why a table is not in force.
     *
     * @param version of the table that was refused
     * @param path in the table; empty for the whole
     * @param reason one sentence for people
     */
    public record Refusal(TableVersion version, String path, String reason) {}

    /**
     * Another pod of the release.
     *
     * @param name of the pod
     * @param ready as Kubernetes sees it
     * @param known whether it has told what it runs; the rest is empty where not
     */
    public record Replica(
            String name,
            boolean ready,
            boolean known,
            String digest,
            Optional<Refusal> refusal,
            Map<SourceRef, String> sources) {
        public Replica {
            sources = Map.copyOf(sources);
        }

        /** Not heard of yet. */
        public static Replica silent(String name, boolean ready) {
            return new Replica(name, ready, false, "", Optional.empty(), Map.of());
        }
    }

    /**
     * How far something has come: {@code acked} of {@code ready} replicas, ourselves among them.
     *
     * @param digest of what counts, as our own data plane has it; empty where it has nothing
     */
    public record Spread(int acked, int ready, String digest) {
        public boolean isComplete() {
            return acked == ready && !digest.isEmpty();
        }
    }

    public Rollout {
        sources = Map.copyOf(sources);
        replicas = List.copyOf(replicas);
    }

    /** With what the other replicas run. */
    public Rollout with(List<Replica> others) {
        return new Rollout(connected, acked, digest, refusal, sources, others);
    }

    /** Of the whole table. */
    public Spread spread() {
        return spread(digest, replicas.stream().map(Replica::digest).toList());
    }

    /**
     * Of what was compiled from an object: digests are equal to ours (design 7). An object that nothing in the table is named
     * after (a Secret, a filter, settings) counts by the whole table.
     */
    public Spread spread(SourceRef object) {
        String ours = sources.get(object);
        if (ours == null) {
            return spread();
        }
        return spread(
                ours,
                replicas.stream()
                        .map(replica -> replica.sources().getOrDefault(object, ""))
                        .toList());
    }

    /**
     * Whether every ready replica, ourselves among them, has exactly this ring in force. That all agree is not enough: before it has come
     * to any of them they agree on the one before.
     *
     * @param others names of the other replicas that there are: who does not know them yet knows nothing of the ring
     */
    public boolean hasEverywhere(KeyRing ring, Set<String> others) {
        SourceRef source = SourceRef.of("KeyRing", "", ring.name());
        Spread spread = spread(source);
        Set<String> told = replicas.stream().map(Replica::name).collect(Collectors.toSet());
        RouteTable bare =
                new RouteTable(ProxySettings.STANDARD, List.of(), List.of(), List.of(), List.of(), List.of(ring));
        return told.containsAll(others)
                && spread.isComplete()
                && spread.digest().equals(new SourceDigests().of(bare).get(source));
    }

    private Spread spread(String ours, List<String> theirs) {
        int ready = 1;
        int agreed = ours.isEmpty() ? 0 : 1;
        for (int i = 0; i < theirs.size(); i++) {
            Replica replica = replicas.get(i);
            if (replica.ready()) {
                ready++;
                agreed += replica.known() && !ours.isEmpty() && ours.equals(theirs.get(i)) ? 1 : 0;
            }
        }
        return new Spread(agreed, ready, ours);
    }
}
