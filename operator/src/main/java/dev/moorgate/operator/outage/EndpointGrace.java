package dev.moorgate.operator.outage;

import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last ready endpoints of a Service for a while where all of them turn unready at once soon after the API server was away:
 * Kubernetes then takes nodes whose heartbeats it missed for lost and says so of every pod on them, whatever the pods do (issue 105617
 * of kubernetes/kubernetes). Endpoints that terminate, that are gone, or beside which another is ready are never kept. Confined to
 * the walk.
 */
public final class EndpointGrace {
    /** Kubelets have told of their pods again long before, and pods of nodes that are really lost are evicted only later. */
    public static final Duration GRACE = Duration.ofMinutes(2);

    private static final Logger LOG = LoggerFactory.getLogger(EndpointGrace.class);
    private static final String SERVICE_NAME = "kubernetes.io/service-name";

    private final ApiPulse pulse;
    /** What there was when it was last believed as it is. */
    private List<EndpointSlice> calm = List.of();
    /** While there is doubt: the endpoints of each Service that were ready when one last was. */
    private Map<ObjectName, Set<String>> ready = new HashMap<>();

    private boolean doubting;
    private int held;

    public EndpointGrace(ApiPulse pulse) {
        this.pulse = pulse;
    }

    /** The slices as they are to be served. */
    public Collection<EndpointSlice> believed(Collection<EndpointSlice> slices) {
        if (pulse.rest(GRACE).isZero()) {
            doubting = false;
            ready = new HashMap<>();
            calm = List.copyOf(slices);
            tell(0);
            return slices;
        }
        if (!doubting) {
            doubting = true;
            ready = readyByService(calm);
            calm = List.of();
        }
        Map<ObjectName, Set<String>> now = readyByService(slices);
        ready.putAll(now);
        int kept = 0;
        List<EndpointSlice> served = new ArrayList<>(slices.size());
        for (EndpointSlice slice : slices) {
            Set<String> before = service(slice)
                    .filter(service -> !now.containsKey(service))
                    .map(ready::get)
                    .orElse(Set.of());
            List<Endpoint> endpoints = new ArrayList<>();
            int keptHere = 0;
            for (Endpoint endpoint : slice.getEndpoints()) {
                boolean isKept = !isTerminating(endpoint) && before.contains(key(endpoint));
                endpoints.add(isKept ? asReady(endpoint) : endpoint);
                keptHere += isKept ? 1 : 0;
            }
            kept += keptHere;
            served.add(
                    keptHere == 0
                            ? slice
                            : new EndpointSliceBuilder(slice)
                                    .withEndpoints(endpoints)
                                    .build());
        }
        tell(kept);
        return served;
    }

    /** When to look again, though nothing may happen before: endpoints are kept no longer than that. */
    public Optional<Duration> until() {
        return held == 0 ? Optional.empty() : Optional.of(pulse.rest(GRACE));
    }

    /** Whether endpoints are kept for which the time is up. */
    public boolean isOver() {
        return held > 0 && pulse.rest(GRACE).isZero();
    }

    /** Endpoints that are served although Kubernetes calls them unready. */
    public int held() {
        return held;
    }

    private void tell(int kept) {
        if (kept > 0 && held == 0) {
            LOG.warn(
                    "the API server was away, and now no endpoint of some Services is ready: {} stay in service until one is ready again, {} at most",
                    kept,
                    GRACE);
        } else if (kept == 0 && held > 0) {
            LOG.info("endpoints are served as Kubernetes calls them again");
        }
        held = kept;
    }

    /** Services without a ready endpoint are not in it. */
    private static Map<ObjectName, Set<String>> readyByService(Collection<EndpointSlice> slices) {
        Map<ObjectName, Set<String>> ready = new HashMap<>();
        for (EndpointSlice slice : slices) {
            service(slice).ifPresent(service -> {
                for (Endpoint endpoint : slice.getEndpoints()) {
                    if (isReady(endpoint)) {
                        ready.computeIfAbsent(service, absent -> new HashSet<>())
                                .add(key(endpoint));
                    }
                }
            });
        }
        return ready;
    }

    private static Optional<ObjectName> service(EndpointSlice slice) {
        return Optional.ofNullable(Metadata.labels(slice).get(SERVICE_NAME))
                .map(name -> new ObjectName(Metadata.namespace(slice), name));
    }

    /** The same pod stays the same endpoint when it gets another address. */
    private static String key(Endpoint endpoint) {
        ObjectReference pod = endpoint.getTargetRef();
        return pod != null && pod.getUid() != null && !pod.getUid().isEmpty()
                ? pod.getUid()
                : String.valueOf(endpoint.getAddresses());
    }

    /** What is not said means ready, as the API defines it. */
    private static boolean isReady(Endpoint endpoint) {
        EndpointConditions conditions = endpoint.getConditions();
        return conditions == null || !Boolean.FALSE.equals(conditions.getReady());
    }

    private static boolean isTerminating(Endpoint endpoint) {
        EndpointConditions conditions = endpoint.getConditions();
        return conditions != null && Boolean.TRUE.equals(conditions.getTerminating());
    }

    private static Endpoint asReady(Endpoint endpoint) {
        return new EndpointBuilder(endpoint)
                .withConditions(new EndpointConditions(true, true, false))
                .build();
    }
}
