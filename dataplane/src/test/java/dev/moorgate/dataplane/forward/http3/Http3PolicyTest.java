package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.dataplane.observe.AccessLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made for requests of any protocol holds for those of HTTP/3. */
class Http3PolicyTest {

    @Test
    void aProcessWithoutMemoryRefusesNewRequestsAndEndsThoseUnderWay() {
        var go = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        go.await();
                        connection.answer("late");
                    }
                });
                var proxy = new Http3Proxy(Setup.to(upstream));
                var client = proxy.connect()) {
            Http3Call under = client.get("/under-way");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            proxy.proxy().overload(true);
            Http3Call refused = client.get("/new");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("reason: overload");
            go.countDown();
            assertThat(under.body()).isEqualTo("late");
            proxy.proxy().overload(false);
            assertThat(client.get("/again").body()).isEqualTo("late");
        }
    }

    @Test
    void aCookieKeepsAClientWithItsEndpoint() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = new Http3Proxy(Sticky.to(one, two));
                var client = proxy.connect()) {
            Http3Call first = client.get("/");
            String endpoint = first.body();
            String cookie = String.valueOf(first.field("set-cookie"));
            assertThat(cookie).startsWith("mg=").contains("HttpOnly", "Secure");
            for (int i = 0; i < 4; i++) {
                Http3Call next = client.get("/", "cookie", "a=b", "cookie", cookie.substring(0, cookie.indexOf(';')));
                assertThat(next.body()).isEqualTo(endpoint);
            }
        }
    }

    @Test
    void whatAnEndpointRefusesIsTriedAtAnother() {
        try (var upstream = ScriptedUpstream.answering("here");
                var proxy = new Http3Proxy(Setup.toPorts(ScriptedUpstream.refusedPort(), upstream.port()));
                var client = proxy.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").body()).isEqualTo("here");
            }
            assertThat(proxy.proxy().exchanges())
                    .anySatisfy(each -> assertThat(each.retries()).containsExactly(ProxyFailure.CONNECT_REFUSED));
        }
    }

    @Test
    void theAccessLogNamesTheProtocol(@TempDir Path folder) {
        Path log = folder.resolve("access.log");
        var settings = DataPlaneSettings.STANDARD.withAccessLog(log, AccessLog.Queries.OMITTED);
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Setup.to(upstream), settings);
                var client = gate.connect()) {
            assertThat(client.get("/logged").body()).isEqualTo("x");
            Await.until("the line", () -> Files.exists(log) && log.toFile().length() > 0);
            assertThat(log).content().contains("\"protocol\":\"HTTP/3.0\"", "/logged");
        }
    }
}
