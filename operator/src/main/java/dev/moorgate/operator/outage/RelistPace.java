package dev.moorgate.operator.outage;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lists of one kind follow each other at least five seconds apart: an API server that answers every watch with 410 Gone, as one does
 * whose watch cache cannot keep up, would else be asked for everything all the time. A list of one object by its name is cheap, and a
 * Gateway may wait for it: those are half a second apart. The first list, further pages and lists that failed wait for nothing. The
 * thread that lists waits, so it must be one that nothing else needs. Any thread.
 */
public final class RelistPace implements Interceptor {
    static final Duration PACE = Duration.ofSeconds(5);
    static final Duration PACE_OF_ONE = Duration.ofMillis(500);

    /** All objects of a kind, in the cluster or in a namespace. */
    private static final Pattern LIST = Pattern.compile("/(api/[^/]+|apis/[^/]+/[^/]+)(/namespaces/[^/]+)?/[^/]+");

    private static final String BY_NAME = "fieldSelector=metadata.name";

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
        String asked = asked(request);
        Long last = listed.get(asked);
        Duration pace = asked.contains(BY_NAME) ? PACE_OF_ONE : PACE;
        long rest = last == null ? 0 : pace.toNanos() - (clock.nanos() - last);
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
            listed.put(asked(request), clock.nanos());
        }
    }

    /** The path, and the name where it is asked for. */
    private static String asked(HttpRequest request) {
        String path = request.uri().getRawPath();
        return Arrays.stream(query(request).split("&", -1))
                .filter(part -> part.startsWith(BY_NAME))
                .findFirst()
                .map(name -> path + "?" + name)
                .orElse(path);
    }

    private static String query(HttpRequest request) {
        return Objects.requireNonNullElse(request.uri().getRawQuery(), "");
    }

    private static boolean isList(HttpRequest request) {
        String query = "&" + query(request);
        return request.method().equals("GET")
                && LIST.matcher(request.uri().getRawPath()).matches()
                && !query.contains("&watch=true")
                && !query.contains("&continue=");
    }
}
