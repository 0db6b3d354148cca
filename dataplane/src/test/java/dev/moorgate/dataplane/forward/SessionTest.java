package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Sticky;
import org.junit.jupiter.api.Test;

class SessionTest {
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
}
