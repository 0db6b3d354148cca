package dev.moorgate.dataplane.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.Filter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GEP-1767: preflights are answered here, and nobody with credentials ever reads a star. */
class CorsTest {
    private static final Entrance HTTP = new Entrance("http", 80);

    @ParameterizedTest(name = "{0} for {1}: {2}")
    @CsvSource({
        "https://app.example,    https://app.example,        true",
        "https://app.example,    https://APP.example,        true",
        "https://app.example,    http://app.example,         false",
        "https://app.example,    https://app.example:8443,   false",
        "https://*.example,      https://a.example,          true",
        "https://*.example,      https://a.b.example,        true",
        "https://*.example,      https://example,            false",
        "https://*.example,      https://.example,           false",
        "https://*.example,      https://evil.org/.example,  false",
        "https://*.example,      https://a.example.evil.org, false",
        "https://*.example,      https://evil:80@.example,   false",
        "https://*.example:8443, https://a.example:8443,     true",
        "*,                      https://any.where,          true",
        "https://app.example,    null,                       false",
    })
    void originsAreAllowedByRule(String allowed, String origin, boolean expected) {
        assertThat(CorsPolicy.of(rule(false, List.of(allowed))).allows(origin)).isEqualTo(expected);
    }

    @Test
    void aPreflightIsAnsweredWithWhatIsAllowed() {
        var rule = new Filter.Cors(
                List.of("https://app.example"),
                true,
                List.of("GET", "PUT"),
                List.of("x-token", "x-other"),
                List.of("x-page"),
                Duration.ofMinutes(10));

        Map<String, String> fields = preflight(rule, "https://app.example", "X-Token");

        assertThat(fields)
                .containsOnly(
                        Map.entry("access-control-allow-origin", "https://app.example"),
                        Map.entry("access-control-allow-credentials", "true"),
                        Map.entry("access-control-allow-methods", "GET, PUT"),
                        Map.entry("access-control-allow-headers", "x-token, x-other"),
                        Map.entry("access-control-expose-headers", "x-page"),
                        Map.entry("access-control-max-age", "600"),
                        Map.entry("vary", "Origin"));
    }

    @Test
    void aStarIsSentOnlyWithoutCredentials() {
        var star = new Filter.Cors(List.of("*"), false, List.of("*"), List.of("*"), List.of(), Duration.ofSeconds(5));
        var withCredentials =
                new Filter.Cors(List.of("*"), true, List.of("*"), List.of("*"), List.of("*"), Duration.ofSeconds(5));

        assertThat(preflight(star, "https://a.b", "X-Token"))
                .containsEntry("access-control-allow-origin", "*")
                .containsEntry("access-control-allow-methods", "*")
                .containsEntry("access-control-allow-headers", "*")
                .doesNotContainKey("vary");
        assertThat(preflight(withCredentials, "https://a.b", "X-Token"))
                .containsEntry("access-control-allow-origin", "https://a.b")
                .containsEntry("access-control-allow-methods", "PUT")
                .containsEntry("access-control-allow-headers", "X-Token")
                .containsEntry("vary", "Origin");
        assertThat(response(withCredentials, "https://a.b")).doesNotContain("*");
    }

    @Test
    void anOriginThatIsNotAllowedReadsNothing() {
        assertThat(preflight(rule(true, List.of("https://app.example")), "https://evil.org", "X"))
                .containsOnlyKeys("vary");
        assertThat(response(rule(true, List.of("https://app.example")), "https://evil.org"))
                .doesNotContain("Access-Control");
    }

    @Test
    void otherOptionsRequestsGoOn() {
        RouteAnswers answers = RouteAnswers.of(List.of(rule(false, List.of("*"))));

        assertThat(answers.answer(Heads.request("OPTIONS", "h", "/", "Origin: https://a.b"), HTTP))
                .isNull();
        assertThat(answers.answer(
                        Heads.request("GET", "h", "/", "Origin: https://a.b", "Access-Control-Request-Method: PUT"),
                        HTTP))
                .isNull();
        assertThat(answers.isFinal()).isFalse();
    }

    @Test
    void theResponseSaysWhatTheRuleSaysAndNotWhatTheEndpointSays() {
        var rule = new Filter.Cors(
                List.of("https://app.example"), true, List.of(), List.of(), List.of("x-page"), Duration.ZERO);

        String written = response(rule, "https://app.example");

        assertThat(Heads.values(written, "access-control-allow-origin")).containsExactly("https://app.example");
        assertThat(Heads.values(written, "access-control-allow-credentials")).containsExactly("true");
        assertThat(Heads.values(written, "access-control-expose-headers")).containsExactly("x-page");
        assertThat(Heads.values(written, "vary")).containsExactlyInAnyOrder("Accept", "Origin");
        assertThat(Heads.values(written, "x-app")).containsExactly("1");
    }

    private static Filter.Cors rule(boolean credentials, List<String> origins) {
        return new Filter.Cors(origins, credentials, List.of("GET"), List.of(), List.of(), Duration.ZERO);
    }

    private static Map<String, String> preflight(Filter.Cors rule, String origin, String headers) {
        RequestHead head = Heads.request(
                "OPTIONS",
                "h",
                "/",
                "Origin: " + origin,
                "Access-Control-Request-Method: PUT",
                "Access-Control-Request-Headers: " + headers);
        Answer answer = RouteAnswers.of(List.of(rule)).answer(head, HTTP);
        assertThat(answer.status()).isEqualTo(204);
        return answer.fields().stream().collect(Collectors.toMap(Filter.HeaderField::name, Filter.HeaderField::value));
    }

    private static String response(Filter.Cors rule, String origin) {
        ResponseFilters filters = RequestFilters.of(List.of(rule), List.of()).response();
        ResponseHead head = Heads.response(
                200, "Access-Control-Allow-Origin: *", "access-control-expose-headers: *", "Vary: Accept", "X-App: 1");
        HeadWriter out = new HeadWriter().startResponse(head);
        filters.finish(head, filters.origin(Heads.get("h", "/", "Origin: " + origin)), out);
        return Heads.written(out);
    }
}
