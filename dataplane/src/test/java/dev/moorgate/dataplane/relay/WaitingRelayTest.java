package dev.moorgate.dataplane.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is relayed waits for a connection to its endpoint as long as a request does, and no longer. */
class WaitingRelayTest {
    private static final HostPattern SHOP = HostPattern.exact("shop.example.com");
    private static final List<ServerName> NAMES = List.of(ServerName.passedThrough(SHOP));

    @Test
    void whoWaitsForAConnectionThatNobodyGivesUpIsNotKept() throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        var standard = RoutePolicy.Timeouts.STANDARD;
        var brief = new RoutePolicy.Timeouts(
                standard.request(),
                standard.perTry(),
                Duration.ofSeconds(1),
                standard.responseHead(),
                standard.bodyIdle(),
                standard.streamIdle());
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    connection.send("served");
                    connection.stall();
                });
                var fixture = new RelayFixture(
                        Setup.to(upstream)
                                .upstreamLimits(new Upstream.Limits(1, 16, 256, Duration.ofSeconds(60)))
                                .timeouts(brief),
                        NAMES);
                var served = RawClient.connect(fixture.port());
                var waiting = RawClient.connect(fixture.port())) {
            served.send(hello);
            assertThat(served.read(6)).isEqualTo("served");

            waiting.send(hello);

            waiting.awaitEnd();
            Await.until("the reason in the metrics", () -> fixture.metrics().contains("reason=\"pool_full\""));
        }
    }
}
