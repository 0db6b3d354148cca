package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Filters of one share of a split act on its requests. */
class ShareFiltersTest {
    private static final Filter CORS =
            new Filter.Cors(List.of("https://app.example"), false, List.of("PUT"), List.of(), List.of(), Duration.ZERO);

    @Test
    void aPreflightOfARouteIsAnsweredWithOneOfEachField() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).filters(CORS));
                var client = proxy.connect()) {
            client.sendHead(
                    "OPTIONS / HTTP/1.1",
                    "Host: a",
                    "Origin: https://app.example",
                    "Access-Control-Request-Method: PUT");
            var preflight = client.readAnswer();
            assertThat(preflight.field("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
            assertThat(preflight.field("Vary")).isEqualTo("Origin");
        }
    }

    private static Setup shared(ScriptedUpstream upstream) {
        return Setup.to(upstream)
                .route(new Route(
                        "shared",
                        Setup.SOURCE,
                        RouteMatch.path(RouteMatch.PathMatch.ALL),
                        List.of(),
                        new Forward(
                                List.of(new Forward.WeightedUpstream(
                                        Optional.of(Setup.UPSTREAM), 1, List.of(CORS), Optional.empty())),
                                Optional.empty()),
                        RoutePolicy.STANDARD));
    }

    @Test
    void aCorsFilterOfAShareAnswersPreflightsAndMarksAnswers() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(shared(upstream));
                var client = proxy.connect()) {
            client.sendHead(
                    "OPTIONS / HTTP/1.1",
                    "Host: a",
                    "Origin: https://app.example",
                    "Access-Control-Request-Method: PUT");
            var preflight = client.readAnswer();
            assertThat(preflight.field("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
            assertThat(preflight.field("Access-Control-Allow-Methods")).isEqualTo("PUT");
            assertThat(upstream.requests()).isEmpty();

            client.sendHead("PUT / HTTP/1.1", "Host: a", "Origin: https://app.example");
            assertThat(client.readAnswer().field("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
            client.sendHead("PUT / HTTP/1.1", "Host: a", "Origin: https://evil.example");
            assertThat(client.readAnswer().fields("Access-Control-Allow-Origin"))
                    .isEmpty();
            assertThat(proxy.underWay()).isZero();
        }
    }
}
