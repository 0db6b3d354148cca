package dev.moorgate.operator.status;

import dev.moorgate.operator.conditions.Finding;
import dev.moorgate.operator.conditions.Notice;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells objects' owners by Events what they should notice: once for each change, as the leader, at a limited rate. Safe for any thread;
 * writes on a thread of its own.
 */
public final class EventWriter implements AutoCloseable {
    /** {@code reportingController} of our Events. */
    public static final String CONTROLLER = "moorgate.dev/operator";

    private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);
    private static final Duration GATHER = Duration.ofMillis(200);
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    /** Most Events of one burst: with the interval, ten a second. */
    private static final int MOST_AT_ONCE = 20;

    private static final int MOST_OF_OBJECT = 5;
    private static final int LONGEST_NOTE = 1_024;
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final String reporter;
    private final LiveObjects objects;
    private final BooleanSupplier isLeader;
    private final Burst burst;
    private final AtomicReference<@Nullable StatusReport> news = new AtomicReference<>();
    private Set<Fact> told = new LinkedHashSet<>();

    /** What an Event would say. The generation is no part of it: an unrelated edit is no news. */
    private record Fact(
            String apiVersion,
            String kind,
            String namespace,
            String name,
            boolean isWarning,
            String reason,
            String note) {}

    /** Starts idle; {@code reporter} is this replica: its pod's name. */
    public EventWriter(KubernetesClient client, String reporter, LiveObjects objects, BooleanSupplier isLeader) {
        this.client = client;
        this.reporter = reporter;
        this.objects = objects;
        this.isLeader = isLeader;
        this.burst = new Burst("moorgate-events", GATHER, INTERVAL, this::run);
    }

    /** Takes the newest compile's report; returns at once. */
    public void write(StatusReport report) {
        news.set(report);
        if (isLeader.getAsBoolean()) {
            burst.request();
        }
    }

    private boolean run() {
        StatusReport report = news.get();
        return report != null && isLeader.getAsBoolean() && tell(report);
    }

    /** One burst; whether there was anything new. */
    boolean tell(StatusReport report) {
        Set<Fact> facts = facts(report);
        Set<Fact> known = new LinkedHashSet<>(told);
        known.retainAll(facts);
        List<Fact> fresh = new ArrayList<>(facts);
        fresh.removeAll(known);
        for (Fact fact : fresh.subList(0, Math.min(MOST_AT_ONCE, fresh.size()))) {
            if (tell(fact)) {
                known.add(fact);
            }
        }
        told = known;
        if (known.size() < facts.size()) {
            burst.request(INTERVAL);
        }
        return !fresh.isEmpty();
    }

    private static Set<Fact> facts(StatusReport report) {
        Set<Fact> facts = new LinkedHashSet<>();
        Map<ObjectRef, Integer> counts = new HashMap<>();
        for (Finding error : report.errors()) {
            if (counts.merge(error.object(), 1, Integer::sum) <= MOST_OF_OBJECT) {
                facts.add(fact(error.object(), true, error.reason().word(), error.field(), error.message()));
            }
        }
        report.notices().forEach((object, notices) -> {
            for (Notice notice : notices) {
                if (notice.severity() != Notice.Severity.ERROR
                        && counts.merge(object, 1, Integer::sum) <= MOST_OF_OBJECT) {
                    facts.add(fact(
                            object,
                            notice.severity() == Notice.Severity.WARNING,
                            notice.reason().word(),
                            notice.field(),
                            notice.message()));
                }
            }
        });
        return facts;
    }

    private static Fact fact(ObjectRef object, boolean isWarning, String reason, String field, String message) {
        String note = field.isEmpty() ? message : field + ": " + message;
        return new Fact(
                object.apiVersion(),
                object.kind(),
                object.namespace(),
                object.name(),
                isWarning,
                reason,
                note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE - 1) + "…");
    }

    /** Whether there is nothing more to do about it. */
    private boolean tell(Fact fact) {
        Optional<? extends HasMetadata> object = objects.find(fact.kind(), fact.namespace(), fact.name());
        if (object.isEmpty()) {
            return true;
        }
        Event event = event(fact, object.get());
        try {
            client.events()
                    .v1()
                    .events()
                    .inNamespace(event.getMetadata().getNamespace())
                    .resource(event)
                    .create();
            return true;
        } catch (KubernetesClientException e) {
            // It was told before, by us before a restart or by the leader before us: its name says what it says.
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return true;
            }
            LOG.warn("Event of {} {}/{}: {}", fact.kind(), fact.namespace(), fact.name(), e.getMessage());
            return e.getCode() / 100 == 4 && e.getCode() != 429;
        }
    }

    private Event event(Fact fact, HasMetadata object) {
        ObjectReference regarding = new ObjectReferenceBuilder()
                .withApiVersion(fact.apiVersion())
                .withKind(fact.kind())
                .withNamespace(fact.namespace().isEmpty() ? null : fact.namespace())
                .withName(fact.name())
                .withUid(object.getMetadata().getUid())
                .build();
        String label = fact.name().length() <= 200 ? fact.name() : fact.name().substring(0, 200);
        return new EventBuilder()
                .withNewMetadata()
                // Events of cluster-scoped objects live in "default" (events.k8s.io/v1).
                .withNamespace(fact.namespace().isEmpty() ? "default" : fact.namespace())
                .withName(label.replaceAll("[^a-z0-9]+$", "") + "." + hash(fact, Metadata.uid(object)))
                .endMetadata()
                .withEventTime(new MicroTime(MICROS.format(Instant.now())))
                .withReportingController(CONTROLLER)
                .withReportingInstance(reporter)
                .withAction("Compile")
                .withType(fact.isWarning() ? "Warning" : "Normal")
                .withReason(fact.reason())
                .withNote(fact.note())
                .withRegarding(regarding)
                .build();
    }

    private static String hash(Fact fact, String uid) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((uid + "\n" + fact).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void close() {
        burst.close();
    }
}
