package dev.moorgate.operator.outage;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lists of one kind follow each other at least five seconds apart: an API server that answers every watch with 410 Gone, as one does
 * whose watch cache cannot keep up, would else be asked for everything all the time. The first list, further pages and lists that
 * failed wait for nothing. The thread that lists waits: it is one of the client's pool. Any thread.
 */
public final class RelistPace implements Interceptor {
    static final Duration PACE = Duration.ofSeconds(5);

    /** All objects of a kind, in the cluster or in a namespace. */
    private static final Pattern LIST = Pattern.compile("/(api/[^/]+|apis/[^/]+/[^/]+)(/namespaces/[^/]+)?/[^/]+");

    private final Clock clock;
    private final Map<String, Long> listed = new ConcurrentHashMap<>();

    public RelistPace() {
        this(new Clock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void pass(long nanos) throws InterruptedException {
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        });
    }

    RelistPace(Clock clock) {
        this.clock = clock;
    }

    /** Time, and a way to let it pass. */
    interface Clock {
        long nanos();

        void pass(long nanos) throws InterruptedException;
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (!isList(request)) {
            return;
        }
        Long last = listed.get(request.uri().getRawPath());
        long rest = last == null ? 0 : PACE.toNanos() - (clock.nanos() - last);
        if (rest > 0) {
            try {
                clock.pass(rest);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void after(
            HttpRequest request, HttpResponse<?> response, AsyncBody.@Nullable Consumer<List<ByteBuffer>> body) {
        answered(request, response.code());
    }

    void answered(HttpRequest request, int code) {
        if (HttpResponse.isSuccessful(code) && isList(request)) {
            listed.put(request.uri().getRawPath(), clock.nanos());
        }
    }

    private static boolean isList(HttpRequest request) {
        URI uri = request.uri();
        String query = "&" + Objects.requireNonNullElse(uri.getRawQuery(), "");
        return request.method().equals("GET")
                && LIST.matcher(uri.getRawPath()).matches()
                && !query.contains("&watch=true")
                && !query.contains("&continue=");
    }
}
