package dev.moorgate.dataplane.check;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** At most ten checks a second to one address (faults F14), however many upstreams have it. One thread. */
final class CheckPace {
    private static final long GAP = TimeUnit.MILLISECONDS.toNanos(100);

    private final Map<InetSocketAddress, Long> next = new HashMap<>();

    /** 0: a check may begin now, and is counted; else how long to wait. */
    long take(InetSocketAddress address, long now) {
        Long at = next.get(address);
        if (at != null && at - now > 0) {
            return at - now;
        }
        next.put(address, now + GAP);
        return 0;
    }

    void retain(Set<InetSocketAddress> addresses) {
        next.keySet().retainAll(addresses);
    }
}
