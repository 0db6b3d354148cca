package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.ImportedCookie;
import dev.moorgate.routetable.StickySession.Limits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final ImportedCookie NGINX = new ImportedCookie(
            StickySession.Form.INGRESS_NGINX,
            "route",
            OptionalLong.empty(),
            List.of(new StickySession.OldBackend(Setup.UPSTREAM, "shop-app-80")));

    @Test
    void aClientStaysOnItsEndpointAndTheEndpointDoesNotSeeTheCookie() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.to(one, two));
                var client = proxy.connect()) {
            var first = client.get("/");
            String cookie = first.field("set-cookie").split(";", 2)[0];
            assertThat(cookie).startsWith("mg=v1.k1.");
            assertThat(first.field("cache-control")).isEqualTo("private");
            for (int i = 0; i < 6; i++) {
                client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: a=b; " + cookie + "; c=d");
                var next = client.readAnswer();
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.has("set-cookie")).isFalse();
            }
            ScriptedUpstream home = first.body().equals("one") ? one : two;
            assertThat(home.requests().getLast())
                    .contains("Cookie: a=b; c=d\r\n")
                    .doesNotContain("mg=");
        }
    }

    @Test
    void aSessionWhoseEndpointIsGoneMovesWithoutAnError() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.to(one, two));
                var client = proxy.connect()) {
            String cookie = "";
            for (String body = ""; !body.equals("two"); ) {
                var answer = client.get("/");
                body = answer.body();
                cookie = answer.field("set-cookie").split(";", 2)[0];
            }
            proxy.install(Sticky.to(one));
            client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: " + cookie);
            var moved = client.readAnswer();
            assertThat(moved.body()).isEqualTo("one");
            assertThat(moved.has("set-cookie")).isTrue();
        }
    }

    @Test
    void aClientOfIngressNginxStaysOnItsEndpointAndGetsACookieOfOurs() throws Exception {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var three = ScriptedUpstream.answering("three");
                var proxy = ProxyUnderTest.start(Sticky.to(Limits.NONE, List.of(NGINX), one, two, three));
                var client = proxy.connect()) {
            // What mode persistent writes for the third endpoint, and noise as a client may send it.
            String old = md5("shop-app-80127.0.0.1:" + three.port()) + "|" + md5(md5("shop-app-80") + "shop-app-80");
            for (int i = 0; i < 3; i++) {
                client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: route=" + old);
                var answer = client.readAnswer();
                assertThat(answer.body()).isEqualTo("three");
                assertThat(answer.field("set-cookie")).startsWith("mg=v1.k1.");
            }
            client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: route=" + "|%00\\".repeat(1_600));
            var noise = client.readAnswer();
            assertThat(noise.status()).isEqualTo(200);
            String cookie = noise.field("set-cookie").split(";", 2)[0];
            client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: route=" + old + "; " + cookie);
            assertThat(client.readAnswer().body()).isEqualTo(noise.body());
        }
    }

    @Test
    void anEndpointWithAsManySessionsAsItMayHaveGetsNoFurtherOnes() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.to(new Limits(3, 0), List.of(), one));
                var client = proxy.connect()) {
            List<String> cookies = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                cookies.add(client.get("/").field("set-cookie").split(";", 2)[0]);
            }
            proxy.install(Sticky.to(new Limits(3, 0), List.of(), one, two));
            for (int i = 0; i < 3; i++) {
                assertThat(client.get("/").body()).isEqualTo("two");
            }
            for (String cookie : cookies) {
                client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: " + cookie);
                assertThat(client.readAnswer().body()).isEqualTo("one");
            }
            // All are full: nobody is turned away.
            assertThat(client.get("/").status()).isEqualTo(200);
        }
    }

    private static String md5(String text) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
