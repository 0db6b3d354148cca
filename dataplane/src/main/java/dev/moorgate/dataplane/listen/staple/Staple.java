package dev.moorgate.dataplane.listen.staple;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The response for one certificate as it stands, and when the next one is fetched. Handshakes read {@link #fresh} on any thread; one
 * fetch at a time.
 *
 * <pre>
 *   asked ── good ──► fresh, asked again after half of what is left of its time
 *         └─ fault ─► as before, asked again after 1 min, 2 min, … 1 h; REVOKED: nothing is fresh any more
 * </pre>
 */
final class Staple {
    private static final Logger LOG = LoggerFactory.getLogger(Staple.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(12);
    private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
    private static final Duration LAST_RETRY = Duration.ofHours(1);
    private static final int MOST_DOUBLINGS = 6;
    /** Replicas and certificates do not ask all at once. */
    private static final double JITTER = 0.2;

    private final String certificate;
    private final OcspQuestion question;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile @Nullable OcspAnswer answer;
    private volatile @Nullable OcspFailure failure;
    private volatile long due;
    private int failures;

    Staple(String certificate, OcspQuestion question) {
        this.certificate = certificate;
        this.question = question;
    }

    /** Its id in the table. */
    String certificate() {
        return certificate;
    }

    OcspQuestion question() {
        return question;
    }

    /** What goes into a handshake at this moment; null: nothing. */
    byte @Nullable [] fresh(long now) {
        OcspAnswer held = answer;
        return held != null && now < held.nextUpdate().toEpochMilli() ? held.der() : null;
    }

    Optional<OcspAnswer> answer() {
        return Optional.ofNullable(answer);
    }

    /** What went wrong last, if it did. */
    Optional<OcspFailure> failure() {
        return Optional.ofNullable(failure);
    }

    Instant due() {
        return Instant.ofEpochMilli(due);
    }

    /** Whether the caller is to ask now; it then says what came of it. */
    boolean begin(long now) {
        return now >= due && asking.compareAndSet(false, true);
    }

    void succeeded(OcspAnswer next, long now, double random) {
        if (failure != null || answer == null) {
            LOG.info("OCSP response is there: certificate={} nextUpdate={}", certificate, next.nextUpdate());
        }
        answer = next;
        failure = null;
        failures = 0;
        pause(Duration.ofMillis(next.nextUpdate().toEpochMilli() - now).dividedBy(2), now, random);
        asking.set(false);
    }

    void failed(OcspFailure error, long now, double random) {
        OcspFailure before = failure;
        if (error.fault() == StapleFault.REVOKED) {
            answer = null;
        }
        if (before == null || before.fault() != error.fault()) {
            tell(error);
        }
        failure = error;
        Duration retry = FIRST_RETRY.multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS));
        failures++;
        pause(retry.compareTo(LAST_RETRY) < 0 ? retry : LAST_RETRY, now, random);
        asking.set(false);
    }

    private void tell(OcspFailure error) {
        String form = "no OCSP response: certificate={} responder={} reason={} detail={} stapled={}";
        Object[] values = {certificate, question.responder(), error.fault().word(), error.getMessage(), answer != null};
        if (error.fault() == StapleFault.REVOKED) {
            LOG.error(form, values);
        } else {
            LOG.warn(form, values);
        }
    }

    private void pause(Duration wanted, long now, double random) {
        Duration clamped = wanted.compareTo(SHORTEST_PAUSE) < 0
                ? SHORTEST_PAUSE
                : wanted.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wanted;
        due = now + (long) (clamped.toMillis() * (1 - JITTER * random));
    }
}
