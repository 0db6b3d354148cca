package dev.moorgate.dataplane.balance;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Upstream.ZonePreference;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** Which endpoints a proxy prefers for the zone that it runs in. Pure. */
final class Zones {
    private static final Candidate[] NONE = {};

    private Zones() {}

    /**
     * The preferred of {@code ready}; none where there is no preference. Hints count only where all endpoints have them, as
     * for kube-proxy: a part of them would overload those that have.
     */
    static Candidate[] local(Candidate[] ready, ZonePreference preference, String zone) {
        if (zone.isEmpty()) {
            return NONE;
        }
        return switch (preference) {
            case NONE -> NONE;
            case SAME_ZONE -> some(ready, endpoint -> endpoint.zone().orElse("").equals(zone));
            case HINTS -> {
                boolean hinted = Arrays.stream(ready)
                        .noneMatch(candidate -> hints(candidate).isEmpty());
                yield hinted ? some(ready, endpoint -> endpoint.forZones().contains(zone)) : NONE;
            }
        };
    }

    private static List<String> hints(Candidate candidate) {
        return candidate.endpoint().forZones();
    }

    private static Candidate[] some(Candidate[] ready, Predicate<Endpoint> wanted) {
        Candidate[] found = Arrays.stream(ready)
                .filter(candidate -> wanted.test(candidate.endpoint()))
                .toArray(Candidate[]::new);
        return found.length == ready.length ? NONE : found;
    }
}
