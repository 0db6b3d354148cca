package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.ProxySettings.TrustedProxies;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** D1 to D3 and D8: what an upstream reads about a client is what the proxy knows, whatever the client says of itself. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class IdentityTest {
    private static final ProxySettings TRUSTING = new ProxySettings(
            new TrustedProxies(0, List.of("127.0.0.0/8")),
            ProxySettings.AccessLog.JSON,
            false,
            ProxySettings.DownstreamLimits.STANDARD);

    private static String arrived(Attack attack, String... fields) {
        try (var client = attack.proxy.connect()) {
            client.sendHead("GET /a HTTP/1.1", "Host: shop.example:8080", String.join("\r\n", fields));
            assertThat(client.readAnswer().status()).isEqualTo(200);
        }
        return attack.upstream.requests().getLast();
    }

    @Test
    void anUntrustedClientsForwardedForIsReplaced() {
        try (var attack = new Attack()) {
            String head = arrived(
                    attack,
                    "X-Forwarded-For: 6.6.6.6, 127.0.0.1",
                    "x-forwarded-for: 6.6.6.7",
                    "X-FORWARDED-FOR: " + "6.6.6.8, ".repeat(900) + "6.6.6.9");
            assertThat(Heads.values(head, "x-forwarded-for")).containsExactly("127.0.0.1");
            assertThat(head).doesNotContain("6.6.6");
        }
    }

    @Test
    void aTrustedPeersForwardedForIsAppendedToAndTheLastIsOurs() {
        try (var attack = new Attack(setup -> setup.settings(TRUSTING))) {
            String head = arrived(attack, "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 6.6.6.7");
            assertThat(String.join(", ", Heads.values(head, "x-forwarded-for")))
                    .isEqualTo("6.6.6.6, 6.6.6.7, 127.0.0.1");
        }
    }

    static final List<Arguments> CLAIMS = List.of(
            argumentSet("D2 proto", "X-Forwarded-Proto: evil"),
            argumentSet("D2 host", "X-Forwarded-Host: evil"),
            argumentSet("D2 port", "X-Forwarded-Port: evil"),
            argumentSet("D2 another of the family", "X-Forwarded-Prefix: evil"),
            argumentSet("D2 client certificate, Envoy's", "X-Forwarded-Client-Cert: evil"),
            argumentSet("D2 Forwarded", "Forwarded: for=evil"),
            argumentSet("D2 real address", "X-Real-IP: evil"),
            argumentSet("D2 original URL", "X-Original-URL: /evil"),
            argumentSet("D2 rewrite URL", "X-Rewrite-URL: /evil"),
            argumentSet("D2 httpoxy", "Proxy: http://evil"),
            argumentSet("D2 client certificate", "SSL-Client-Cert: evil"),
            argumentSet("D2 client verified", "ssl-client-verify: evil"),
            argumentSet("D2 client certificate of RFC 9440", "Client-Cert: :evil:"),
            argumentSet("D2 proxy authorization", "Proxy-Authorization: Basic evil"),
            argumentSet("D3 forwarded for", "X_Forwarded_For: evil"),
            argumentSet("D3 forwarded for, half", "X-Forwarded_For: evil"),
            argumentSet("D3 length", "Content_Length: 666evil"),
            argumentSet("D3 coding", "Transfer_Encoding: evil"),
            argumentSet("D3 host", "_Host: evil"),
            argumentSet("D3 any", "Remote_User: evil"),
            argumentSet("A23 two names by Connection", "Connection: X-Secret, keep-alive\r\nX-Secret: evil"));

    @ParameterizedTest
    @FieldSource("CLAIMS")
    void claimsFromOutsideDoNotArrive(String field) {
        try (var attack = new Attack()) {
            String head = arrived(attack, field);
            assertThat(head).doesNotContainIgnoringCase("evil");
            assertThat(Heads.values(head, "x-forwarded-proto")).containsExactly("http");
            assertThat(Heads.values(head, "x-forwarded-host")).containsExactly("shop.example:8080");
            assertThat(Heads.values(head, "x-real-ip")).containsExactly("127.0.0.1");
            assertThat(Heads.values(head, "host")).containsExactly("shop.example:8080");
        }
    }

    @Test
    void theProxysOwnFieldsCannotBeNominatedAway() {
        try (var attack = new Attack()) {
            String head = arrived(
                    attack,
                    "Connection: X-Forwarded-For, X-Real-IP, X-Forwarded-Proto, Forwarded, Host, Cookie, X-Request-Id",
                    "Cookie: a=b",
                    "X-Forwarded-For: 6.6.6.6");
            assertThat(Heads.values(head, "x-forwarded-for")).containsExactly("127.0.0.1");
            assertThat(Heads.values(head, "x-forwarded-proto")).containsExactly("http");
            assertThat(Heads.values(head, "host")).containsExactly("shop.example:8080");
            assertThat(Heads.values(head, "x-request-id")).hasSize(1);
            assertThat(Heads.values(head, "cookie")).isEmpty();
            assertThat(Heads.values(head, "connection")).isEmpty();
        }
    }

    @Test
    void hopByHopFieldsOfAnAnswerStayBehind() {
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: X-Inner, keep-alive\r\nX-Inner: secret\r\n"
                + "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\nTE: gzip\r\n"
                + "Proxy-Authenticate: Basic\r\nX-Outer: seen\r\n\r\nok";
        try (var upstream = ScriptedUpstream.answeringRaw(answer);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            Answer got = client.get("/");
            assertThat(got.head())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("X-Outer: seen\r\n")
                    .doesNotContainIgnoringCase(
                            "X-Inner", "Keep-Alive:", "Proxy-Connection", "Upgrade", "TE:", "Proxy-Authenticate");
            assertThat(client.get("/again").body()).isEqualTo("ok");
        }
    }

    static final List<Arguments> SPLIT = List.of(
            argumentSet("D8 NUL", "A: b\0c"),
            argumentSet("D8 CR", "A: b\rSet-Cookie: evil"),
            argumentSet("D8 LF", "A: b\nSet-Cookie: evil"),
            argumentSet("D8 fold", "A: b\r\n Set-Cookie: evil"));

    @ParameterizedTest
    @FieldSource("SPLIT")
    void anAnswersDamagedFieldIsNotPassedOn(String field) {
        try (var upstream =
                        ScriptedUpstream.answeringRaw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + field + "\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            Answer got = client.get("/");
            assertThat(got.status()).isEqualTo(502);
            assertThat(got.head()).doesNotContain("evil");
        }
    }
}
