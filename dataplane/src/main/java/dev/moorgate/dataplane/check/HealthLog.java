package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.balance.health.HealthObserver;
import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.routetable.Endpoint;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line and a count for every change of health, and a count for every check. Any thread. */
public final class HealthLog implements HealthObserver, MetricSource {
    private static final Logger LOG = LoggerFactory.getLogger(HealthLog.class);

    private record Key(String upstream, String word, String reason) {}

    private final Map<Key, LongAdder> changes = new ConcurrentHashMap<>();
    private final Map<Key, LongAdder> checks = new ConcurrentHashMap<>();

    @Override
    public void changed(String upstream, @Nullable Endpoint endpoint, Change change, String reason) {
        // Only ejections have a closed list of reasons.
        String label = change == Change.EJECTED ? reason : "";
        count(changes, new Key(upstream, change.name().toLowerCase(Locale.ROOT), label));
        String who = endpoint == null ? upstream : upstream + " " + endpoint.address() + ":" + endpoint.port();
        switch (change) {
            case CHECK_FAILED -> LOG.warn("{} fails its checks: {}", who, reason);
            case CHECK_PASSED -> LOG.info("{} passes its checks again", who);
            case EJECTED -> LOG.warn("{} is ejected: {}", who, reason);
            case RETURNED -> LOG.info("{} is back from its ejection", who);
            case WARMED -> LOG.info("{} is warm: it gets its whole share", who);
            case PANIC -> LOG.warn("{} ignores ejections: {}", who, reason);
            case CALM -> LOG.info("{} heeds ejections again: {}", who, reason);
            case OPENED -> LOG.warn("{} fails open: {}", who, reason);
            case CLOSED -> LOG.info("{} no longer fails open: {}", who, reason);
        }
    }

    void checked(String upstream, boolean passed) {
        count(checks, new Key(upstream, passed ? "passed" : "failed", ""));
    }

    private static void count(Map<Key, LongAdder> counts, Key key) {
        counts.computeIfAbsent(key, _ -> new LongAdder()).increment();
    }

    /** Forgets all upstreams but these. */
    public void retain(Set<String> upstreams) {
        changes.keySet().removeIf(key -> !upstreams.contains(key.upstream));
        checks.keySet().removeIf(key -> !upstreams.contains(key.upstream));
    }

    @Override
    public void collect(MetricSheet sheet) {
        checks.forEach((key, count) -> sheet.counter(
                "moorgate_upstream_checks",
                "Active checks of endpoints.",
                count.sum(),
                "upstream",
                key.upstream,
                "outcome",
                key.word));
        changes.forEach((key, count) -> sheet.counter(
                "moorgate_upstream_health_changes",
                "Changes of the health of endpoints and upstreams.",
                count.sum(),
                "upstream",
                key.upstream,
                "change",
                key.word,
                "reason",
                key.reason));
    }
}
