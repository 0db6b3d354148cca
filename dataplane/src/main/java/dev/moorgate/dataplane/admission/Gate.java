package dev.moorgate.dataplane.admission;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.RoutePolicy.Admission;
import dev.moorgate.routetable.RoutePolicy.Fault;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a request of one route has to pass before anything else is done with it. Shared by all event loops. */
public final class Gate {
    private final boolean closed;
    private final ClientLists clients;
    private final @Nullable RateLimiter limiter;
    private final @Nullable Passwords passwords;
    private final String challenge;
    private final @Nullable Fault fault;

    private Gate(Admission admission, AdmissionState state) {
        closed = admission.closed()
                || admission.basicAuth().filter(auth -> auth.users().isEmpty()).isPresent();
        clients = new ClientLists(admission.clients());
        limiter = admission.rateLimit().map(state::limiter).orElse(null);
        passwords = admission
                .basicAuth()
                .filter(auth -> !auth.users().isEmpty())
                .map(state::passwords)
                .orElse(null);
        challenge = "Basic realm=\""
                + admission.basicAuth().map(auth -> auth.realm()).orElse("") + "\", charset=\"UTF-8\"";
        fault = admission.fault().orElse(null);
    }

    /** Null: every request is let in. */
    public static @Nullable Gate of(Optional<Admission> admission, AdmissionState state) {
        return admission.map(rules -> new Gate(rules, state)).orElse(null);
    }

    /**
     * Why a request is not let in.
     *
     * @param field of the reply, beside its status; empty: none
     */
    public record Refusal(ProxyFailure failure, String field, String value) {}

    /**
     * Whether the client's address may come in, now; null: it may.
     *
     * @param client the address as far as it can be believed
     * @param known its bytes, where somebody has them already
     */
    public @Nullable Refusal refusal(String client, byte @Nullable [] known, long now) {
        if (closed) {
            return new Refusal(ProxyFailure.POLICY_BROKEN, "", "");
        }
        if (!clients.admit(client, known)) {
            return new Refusal(ProxyFailure.CLIENT_DENIED, "", "");
        }
        long wait = limiter == null ? 0 : limiter.take(client, now);
        if (wait == 0) {
            return null;
        }
        long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(wait + TimeUnit.SECONDS.toNanos(1) - 1));
        return new Refusal(ProxyFailure.RATE_LIMITED, "Retry-After", Long.toString(seconds));
    }

    /** Null: nobody is asked for a password. */
    public @Nullable Passwords passwords() {
        return passwords;
    }

    /** To whoever has given none, or a wrong one. */
    public Refusal unauthenticated() {
        return new Refusal(ProxyFailure.UNAUTHENTICATED, "WWW-Authenticate", challenge);
    }

    /** Null: nothing fails on purpose. */
    public @Nullable Fault fault() {
        return fault;
    }
}
