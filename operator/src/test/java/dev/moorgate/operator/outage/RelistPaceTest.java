package dev.moorgate.operator.outage;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor.RequestTags;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** I4: what is listed again, and how soon. */
class RelistPaceTest {
    private static final String LIST = "/apis/networking.k8s.io/v1/ingresses?limit=500";

    private static final RequestTags NO_TAGS = new RequestTags() {
        @Override
        public <T> T getTag(Class<T> type) {
            throw new AssertionError("nobody asks");
        }
    };

    private final Clock clock = new Clock();
    private final RelistPace pace = new RelistPace(clock);

    @Test
    void theSecondListOfAKindComesFiveSecondsAfterTheFirst() {
        assertThat(waitFor(LIST)).isZero();
        answered(LIST, 200);
        clock.nanos += 1_000_000_000L;

        assertThat(waitFor(LIST)).isEqualTo(4_000_000_000L);
        answered(LIST, 200);
        assertThat(waitFor(LIST)).isEqualTo(5_000_000_000L);
    }

    @Test
    void aListThatFailedIsTriedAgainAtOnce() {
        answered(LIST, 429);

        assertThat(waitFor(LIST)).isZero();
    }

    @Test
    void namespacesAndKindsArePacedApart() {
        answered("/api/v1/namespaces/shop/services?limit=500", 200);

        assertThat(waitFor("/api/v1/namespaces/blog/services?limit=500")).isZero();
        assertThat(waitFor("/api/v1/services?limit=500")).isZero();
        assertThat(waitFor("/api/v1/namespaces/shop/pods?limit=500")).isZero();
        assertThat(waitFor("/api/v1/namespaces/shop/services")).isPositive();
    }

    @Test
    void objectsThatAreListedByNameWaitForNoOtherAndHalfASecondForThemselves() {
        String secret = "/api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3D";
        answered(secret + "one&limit=500", 200);

        assertThat(waitFor(secret + "other&limit=500")).isZero();
        assertThat(waitFor("/api/v1/namespaces/shop/secrets?limit=500")).isZero();
        assertThat(waitFor(secret + "one&limit=500")).isEqualTo(500_000_000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/apis/networking.k8s.io/v1/ingresses?limit=500&continue=abc",
                "/apis/networking.k8s.io/v1/ingresses?resourceVersion=7&watch=true",
                "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web",
                "/apis/coordination.k8s.io/v1/namespaces/edge/leases/leader",
                "/api/v1/namespaces/shop",
                "/readyz"
            })
    void furtherPagesWatchesAndSingleObjectsWaitForNothing(String target) {
        answered(target, 200);

        assertThat(waitFor(target)).isZero();
    }

    private void answered(String target, int code) {
        pace.answered(get(target), code);
    }

    /** How long a request waits. */
    private long waitFor(String target) {
        long before = clock.nanos;
        HttpRequest request = get(target);
        pace.before(new StandardHttpRequest.Builder(), request, NO_TAGS);
        return clock.nanos - before;
    }

    private static HttpRequest get(String target) {
        return new StandardHttpRequest.Builder()
                .uri(URI.create("https://api.example:6443" + target))
                .build();
    }

    private static final class Clock implements RelistPace.Clock {
        private long nanos = 7;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void pass(long time) {
            nanos += time;
        }
    }
}
