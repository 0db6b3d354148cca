package dev.moorgate.dataplane.forward.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A request whose upstream is down when it is repeated goes on at another upstream of its split. */
class RepoolTest {
    /** One request of an upstream at a time may be one that is repeated. */
    private static final Upstream.Limits ONE_REPEATED =
            new Upstream.Limits(100, 100, 0, 1, 256, Duration.ofSeconds(60));

    /** Serves what is said to be repeated for the second time, of /once for the first, and nothing else. */
    private static ScriptedUpstream servingRepetitions() {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                int number = head.startsWith("GET /once ") ? 1 : 2;
                if (head.contains("X-Moorgate-Retry: " + number + "\r\n")) {
                    connection.answer("served");
                } else {
                    connection.send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                }
            }
        });
    }

    private static String share(int number) {
        return "share-" + number;
    }

    private static Setup split(List<ScriptedUpstream> upstreams) {
        Setup setup = Sticky.to(Sticky.repooling());
        for (int i = 0; i < upstreams.size(); i++) {
            setup.alsoUpstream(
                    Upstream.http(share(i), Setup.SOURCE).with(ONE_REPEATED),
                    List.of(Setup.endpoint(share(i), upstreams.get(i).port())));
        }
        return setup.route(route("/twice", upstreams.size(), Duration.ofSeconds(1)))
                .route(route("/once", upstreams.size(), Duration.ZERO));
    }

    private static Route route(String path, int shares, Duration backoff) {
        var retry = new RoutePolicy.Retry(
                2, List.of(503), List.of(), backoff, backoff, new RoutePolicy.RetryBudget(100, 100));
        return new Route(
                "route" + path,
                Setup.SOURCE,
                RouteMatch.path(PathMatch.prefix(path)),
                List.of(),
                new Forward(
                        IntStream.range(0, shares)
                                .mapToObj(RepoolTest::share)
                                .map(WeightedUpstream::to)
                                .toList(),
                        Optional.of(Sticky.repooling().id())),
                new RoutePolicy(
                        RoutePolicy.Timeouts.STANDARD,
                        retry,
                        RoutePolicy.Buffering.OFF,
                        OptionalLong.empty(),
                        Optional.empty()));
    }

    private static long tries(List<ScriptedUpstream> upstreams) {
        return upstreams.stream()
                .mapToLong(upstream -> upstream.requests().size())
                .sum();
    }

    @Test
    void aRequestThatIsRepeatedElsewhereCountsAsRepeatedNowhereWhenItIsOver() {
        List<ScriptedUpstream> upstreams =
                Stream.generate(RepoolTest::servingRepetitions).limit(3).toList();
        try (var proxy = ProxyUnderTest.start(split(upstreams));
                var client = proxy.connect()) {
            client.sendHead("GET /twice HTTP/1.1", "Host: a");
            for (int i = 1; i <= 3; i++) {
                int number = i;
                proxy.clock().advanceUntil("try " + i, Duration.ofMillis(20), () -> tries(upstreams) == number);
                // The clock stands still, and with it the wait before another try.
                for (int at = 0; at < 3 && number < 3; at++) {
                    if (!upstreams.get(at).requests().isEmpty()) {
                        proxy.endpoint(share(at), share(at)).checkFailed();
                    }
                }
            }
            assertThat(client.readAnswer().body()).isEqualTo("served");
            assertThat(upstreams)
                    .allSatisfy(upstream -> assertThat(upstream.requests()).hasSize(1));
            for (int at = 0; at < 3; at++) {
                proxy.endpoint(share(at), share(at)).checkPassed();
            }

            for (int i = 0; i < 6; i++) {
                assertThat(client.get("/once").body()).isEqualTo("served");
            }
        } finally {
            upstreams.forEach(ScriptedUpstream::close);
        }
    }
}
