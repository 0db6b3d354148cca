package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import dev.moorgate.routetable.Upstream.Protocol;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What fails on a connection of HTTP/2 that has served before is no more often repeated than anywhere else (fault F1). */
class Http2RetryTest {
    private static final String FAILING = "/failing";

    private static ProxyUnderTest proxy(Http2Upstream upstream, int attempts) {
        return ProxyUnderTest.start(Setup.toPorts(upstream.port())
                .protocol(Protocol.H2C)
                .retry(new Retry(attempts, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RetryBudget.STANDARD)));
    }

    /** Serves all calls but those to one path. */
    private static Http2Upstream failing(Consumer<Http2Upstream.Call> failure) {
        return Http2Upstream.running(call -> {
            if (FAILING.equals(call.field(":path"))) {
                failure.accept(call);
            } else {
                call.answer(200, "served");
            }
        });
    }

    private static long failed(Http2Upstream upstream) {
        return upstream.calls().stream()
                .filter(call -> FAILING.equals(call.field(":path")))
                .count();
    }

    @Test
    void aCallThatIsResetIsNotRepeatedWhereRetriesAreOff() {
        try (var upstream = failing(call -> call.reset(Http2Error.INTERNAL_ERROR));
                var proxy = proxy(upstream, 0);
                var client = proxy.connect()) {
            for (int i = 1; i <= 2; i++) {
                assertThat(client.get("/").body()).isEqualTo("served");
                assertThat(client.get(FAILING).status()).isEqualTo(502);
                assertThat(failed(upstream)).isEqualTo(i);
            }
            assertThat(proxy.exchange(2).reason()).isEqualTo(ProxyFailure.UPSTREAM_RESET);
            assertThat(proxy.exchange(2).attempts()).isEqualTo(1);
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void aCallThatIsRefusedEachTimeIsRepeatedAsOftenAsTheRouteSays() {
        try (var upstream = failing(call -> call.reset(Http2Error.REFUSED_STREAM));
                var proxy = proxy(upstream, 1);
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("served");
            assertThat(client.get(FAILING).status()).isEqualTo(502);
            assertThat(failed(upstream)).isEqualTo(2);
            assertThat(proxy.exchange(2).attempts()).isEqualTo(2);
        }
    }

    @Test
    void aConnectionThatIsLostIsPutDownToItsAgeOnce() {
        List<Http2Upstream.Call> held = new CopyOnWriteArrayList<>();
        try (var upstream = Http2Upstream.narrow(1, call -> {
                    switch (String.valueOf(call.field(":path"))) {
                        case FAILING -> call.cut();
                        case "/held" -> held.add(call);
                        default -> call.answer(200, "served");
                    }
                });
                var proxy = proxy(upstream, 0);
                var client = proxy.connect();
                var other = proxy.connect()) {
            // The endpoint's settings are known, and then two of its connections have served.
            assertThat(client.get("/").body()).isEqualTo("served");
            client.sendHead("GET /held HTTP/1.1", "Host: a");
            Await.until("the first connection to be full", () -> held.size() == 1);
            assertThat(other.get("/").body()).isEqualTo("served");
            held.getFirst().answer(200, "held");
            assertThat(client.readAnswer().body()).isEqualTo("held");

            assertThat(client.get(FAILING).status()).isEqualTo(502);
            assertThat(failed(upstream)).isEqualTo(2);
        }
    }
}
