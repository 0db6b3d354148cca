package dev.moorgate.operator.outage;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the API server is there, and since when it is again. Every replica asks for its Lease every two seconds or so: where
 * nothing was answered for much longer, it was away for us, and perhaps for the nodes as well. Any thread.
 */
public final class ApiPulse {
    /** Less than the 40 to 50 s after which Kubernetes calls a node lost, far more than the pause between two looks at the Lease. */
    static final Duration AWAY = Duration.ofSeconds(10);

    private final LongSupplier nanos;
    private long heardAt;
    private boolean returned;
    private long returnedAt;

    /** @param nanos a clock that only goes forward */
    public ApiPulse(LongSupplier nanos) {
        this.nanos = nanos;
        this.heardAt = nanos.getAsLong();
    }

    /** To be hung into the Kubernetes client. */
    public Interceptor answers() {
        return new Interceptor() {
            @Override
            public void after(
                    HttpRequest request,
                    HttpResponse<?> response,
                    AsyncBody.@Nullable Consumer<List<ByteBuffer>> body) {
                if (response.code() < 500) {
                    heard();
                }
            }
        };
    }

    synchronized void heard() {
        long now = nanos.getAsLong();
        if (now - heardAt >= AWAY.toNanos()) {
            returned = true;
            returnedAt = now;
        }
        heardAt = now;
    }

    /** How long the next {@code grace} after an outage still lasts, counted from now while there is one; zero: no outage to speak of. */
    synchronized Duration rest(Duration grace) {
        long now = nanos.getAsLong();
        if (now - heardAt >= AWAY.toNanos()) {
            return grace;
        }
        return returned && now - returnedAt < grace.toNanos()
                ? Duration.ofNanos(grace.toNanos() - (now - returnedAt))
                : Duration.ZERO;
    }
}
