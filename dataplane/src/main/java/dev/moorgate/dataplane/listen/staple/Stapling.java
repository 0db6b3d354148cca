package dev.moorgate.dataplane.listen.staple;

import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The OCSP responses for the certificates in force. Handshakes take what is there and never wait; {@link #tick} has the rest fetched
 * by the executor. Any thread.
 */
public final class Stapling implements MetricSource {
    private final LongSupplier epochMillis;
    private final Responders responders;
    private final Executor executor;
    private final DoubleSupplier random;
    private final LongAdder good = new LongAdder();
    private final Map<StapleFault, LongAdder> faults = new EnumMap<>(StapleFault.class);
    private volatile Map<X509Certificate, Staple> staples = Map.of();

    /**
     * @param epochMillis the wall clock, which responses are signed by
     * @param executor for what blocks
     * @param random 0 to 1
     */
    public Stapling(LongSupplier epochMillis, Responders responders, Executor executor, DoubleSupplier random) {
        this.epochMillis = epochMillis;
        this.responders = responders;
        this.executor = executor;
        this.random = random;
        for (StapleFault fault : StapleFault.values()) {
            faults.put(fault, new LongAdder());
        }
    }

    /**
     * How it stands with a certificate.
     *
     * @param certificate its id in the table
     * @param mustStaple whether strict clients refuse it without a response
     * @param thisUpdate of the response that is stapled; absent: there is none
     * @param nextUpdate until when it is
     * @param failure what went wrong with the last fetch; absent: nothing
     * @param nextFetch about when
     */
    public record View(
            String certificate,
            String responder,
            boolean mustStaple,
            Optional<Instant> thisUpdate,
            Optional<Instant> nextUpdate,
            Optional<String> failure,
            Instant nextFetch) {}

    /** These certificates are in force, by id, leaf first; nothing is known of the others from now on. Responses that are there stay. */
    public void adopt(Map<String, List<X509Certificate>> chains) {
        Map<X509Certificate, Staple> before = staples;
        Map<X509Certificate, Staple> next = new HashMap<>();
        new TreeMap<>(chains).forEach((id, chain) -> {
            Staple known = before.get(chain.getFirst());
            if (known != null && known.certificate().equals(id)) {
                next.putIfAbsent(chain.getFirst(), known);
            } else {
                OcspQuestion.of(chain)
                        .ifPresent(question -> next.putIfAbsent(chain.getFirst(), new Staple(id, question)));
            }
        });
        staples = next;
        tick();
    }

    /** Has fetched what is due. */
    public void tick() {
        Collection<Staple> all = staples.values();
        long now = epochMillis.getAsLong();
        for (Staple staple : all) {
            if (staple.begin(now)) {
                executor.execute(() -> fetch(staple));
            }
        }
    }

    private void fetch(Staple staple) {
        OcspQuestion question = staple.question();
        try {
            byte[] der = responders.ask(question.responder(), question.request());
            OcspAnswer answer = OcspAnswer.read(der, question, Instant.ofEpochMilli(epochMillis.getAsLong()));
            good.increment();
            staple.succeeded(answer, epochMillis.getAsLong(), random.getAsDouble());
        } catch (OcspFailure e) {
            count(e.fault());
            staple.failed(e, epochMillis.getAsLong(), random.getAsDouble());
        } catch (RuntimeException | StackOverflowError e) {
            // a response may nest without end
            count(StapleFault.MALFORMED);
            staple.failed(
                    new OcspFailure(StapleFault.MALFORMED, String.valueOf(e)),
                    epochMillis.getAsLong(),
                    random.getAsDouble());
        }
    }

    private void count(StapleFault fault) {
        LongAdder counter = faults.get(fault);
        if (counter != null) {
            counter.increment();
        }
    }

    /** What goes into a handshake with the certificate at this moment, not to be changed; null: nothing. */
    public byte @Nullable [] of(X509Certificate leaf) {
        Staple staple = staples.get(leaf);
        return staple == null ? null : staple.fresh(epochMillis.getAsLong());
    }

    /** By certificate. */
    public List<View> views() {
        SortedMap<String, View> views = new TreeMap<>();
        long now = epochMillis.getAsLong();
        for (Staple staple : staples.values()) {
            Optional<OcspAnswer> fresh = staple.answer().filter(held -> staple.fresh(now) != null);
            views.put(
                    staple.certificate(),
                    new View(
                            staple.certificate(),
                            staple.question().responder().toString(),
                            staple.question().mustStaple(),
                            fresh.map(OcspAnswer::thisUpdate),
                            fresh.map(OcspAnswer::nextUpdate),
                            staple.failure().map(error -> error.fault().word() + ": " + error.getMessage()),
                            staple.due()));
        }
        return List.copyOf(views.values());
    }

    @Override
    public void collect(MetricSheet sheet) {
        long now = epochMillis.getAsLong();
        Collection<Staple> all = staples.values();
        long fresh = all.stream().filter(staple -> staple.fresh(now) != null).count();
        long bare = all.stream()
                .filter(staple -> staple.question().mustStaple() && staple.fresh(now) == null)
                .count();
        String staplesHelp = "Certificates whose issuer has an OCSP responder, by whether a response is stapled.";
        sheet.gauge("moorgate_ocsp_staples", staplesHelp, fresh, "state", "fresh");
        sheet.gauge("moorgate_ocsp_staples", staplesHelp, all.size() - fresh, "state", "absent");
        sheet.gauge(
                "moorgate_ocsp_must_staple_absent",
                "Certificates that ask for a staple (RFC 7633) and have none: strict clients refuse them.",
                bare);
        String fetchesHelp = "Questions to OCSP responders, by what came of them.";
        sheet.counter("moorgate_ocsp_fetches", fetchesHelp, good.sum(), "outcome", "good");
        faults.forEach((fault, count) ->
                sheet.counter("moorgate_ocsp_fetches", fetchesHelp, count.sum(), "outcome", fault.word()));
    }
}
