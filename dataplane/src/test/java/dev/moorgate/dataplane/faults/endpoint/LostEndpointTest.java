package dev.moorgate.dataplane.faults.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** An endpoint that is gone without a word: its connections end within half a minute, whether somebody waits on them or not (fault F15). */
class LostEndpointTest {
    private static final RoutePolicy.Retry NO_RETRY = new RoutePolicy.Retry(
            0, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RoutePolicy.RetryBudget.STANDARD);
    /** The system's limit, and a slow machine. */
    private static final Duration MOST = Duration.ofSeconds(40);

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "only there a connection can be told when to give up")
    void connectionsToAnEndpointWithoutPowerLeaveTheirPoolAndRequestsOnThemAre504() {
        try (var endpoint = new PowerlessEndpoint();
                var idle = ProxyUnderTest.start(Setup.toPorts(endpoint.port()));
                var asked = ProxyUnderTest.start(Setup.toPorts(endpoint.port()).retry(NO_RETRY));
                var before = idle.connect();
                var client = asked.connect()) {
            assertThat(before.get("/").body()).isEqualTo("ok");
            assertThat(client.get("/").body()).isEqualTo("ok");
            endpoint.cutPower();
            long cut = System.nanoTime();

            client.sendHead("GET /again HTTP/1.1", "Host: a");
            Await.until("the idle connection to leave its pool", () -> idle.openUpstreams() == 0);
            RawClient.Answer answer = client.readAnswer();

            assertThat(Duration.ofNanos(System.nanoTime() - cut)).isLessThan(MOST);
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("reason: upstream_lost");
            assertThat(asked.exchange(2).reason()).isEqualTo(ProxyFailure.UPSTREAM_LOST);
            assertThat(asked.openUpstreams()).isZero();
        }
    }
}
