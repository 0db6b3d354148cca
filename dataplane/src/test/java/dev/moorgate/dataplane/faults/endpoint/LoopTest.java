package dev.moorgate.dataplane.faults.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import dev.moorgate.routetable.Upstream.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An endpoint that is this proxy again: requests end after eight passes, and say why (fault I10). */
class LoopTest {
    private static final int PASSES = 8;

    /** Its only endpoint is the proxy itself. */
    private static ProxyUnderTest endless(Protocol protocol, Filter... filters) {
        var proxy = ProxyUnderTest.start(Setup.toPorts());
        proxy.install(Setup.toPorts(proxy.port()).protocol(protocol).filters(filters));
        return proxy;
    }

    /** Every pass has ended, the last with the reason and the others with its answer, and nothing is left. */
    private static void assertEnded(ProxyUnderTest proxy, int status) {
        Await.until("all passes to end", () -> proxy.exchanges().size() == PASSES + 1 && proxy.underWay() == 0);
        assertThat(proxy.exchanges().getFirst().reason()).isEqualTo(ProxyFailure.LOOP_DETECTED);
        assertThat(proxy.exchanges().subList(1, PASSES + 1)).allSatisfy(pass -> {
            assertThat(pass.status()).isEqualTo(status);
            assertThat(pass.reason()).isNull();
            assertThat(pass.attempts()).isEqualTo(1);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "H2C"})
    void aRequestThatComesBackToUsEndsAfterEightPasses(Protocol protocol) {
        try (var proxy = endless(protocol);
                var client = proxy.connect()) {
            var answer = client.get("/");

            assertThat(answer.status()).isEqualTo(508);
            assertThat(answer.body()).contains("reason: loop_detected");
            assertEnded(proxy, 508);
            assertThat(client.get("/again").status()).isEqualTo(508);
        }
    }

    @Test
    void aCallThatComesBackToUsIsToldByItsStatus() {
        try (var proxy = endless(Protocol.H2C);
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/shop.Cart/Add", "content-type: application/grpc", "te: trailers");
            answer.send("\0\0\0\0\0", true);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields()).contains("grpc-status: 13\n", "grpc-message: loop_detected\n");
            assertEnded(proxy, 200);
        }
    }

    @Test
    void noFilterOfARouteKeepsALoopGoing() {
        var edits = new HeaderEdits(List.of(new HeaderField("cdn-loop", "nobody")), List.of(), List.of("cdn-loop"));
        try (var proxy = endless(Protocol.HTTP1, new Filter.RequestHeaders(edits));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(508);
            assertEnded(proxy, 508);
        }
    }

    @Test
    void aMirrorThatIsThisProxyEndsToo() {
        int all = (1 << PASSES + 1) - 1;
        try (var proxy = endless(Protocol.HTTP1, new Filter.Mirror(Setup.UPSTREAM, 1, 1));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(508);
            Await.until("all copies to end", () -> proxy.exchanges().size() == all && proxy.underWay() == 0);
            assertThat(client.get("/again").status()).isEqualTo(508);
            Await.until("theirs too", () -> proxy.exchanges().size() == 2 * all && proxy.underWay() == 0);
        }
    }

    @Test
    void proxiesOneBehindTheOtherAreNoLoop() {
        try (var upstream = ScriptedUpstream.answering("served");
                var inner = ProxyUnderTest.to(upstream);
                var outer = ProxyUnderTest.start(Setup.toPorts(inner.port()));
                var client = outer.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a", "CDN-Loop: edge; loops=9", "CDN-Loop: moorgate.example");

            assertThat(client.readAnswer().body()).isEqualTo("served");
            assertThat(upstream.requests().getFirst())
                    .contains("CDN-Loop: edge; loops=9, moorgate.example, moorgate, moorgate\r\n");
            assertThat(client.get("/").body()).isEqualTo("served");
            assertThat(upstream.requests().getLast()).contains("CDN-Loop: moorgate, moorgate\r\n");
        }
    }

    @Test
    void theEighthPassIsServedAndTheNinthIsNot() {
        try (var upstream = ScriptedUpstream.answering("served");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            String seven = "CDN-Loop: " + "moorgate, ".repeat(7);
            client.sendHead("GET / HTTP/1.1", "Host: a", seven + "moorgate.example, a-moorgate, edge; by=moorgate");
            assertThat(client.readAnswer().body()).isEqualTo("served");
            client.sendHead("GET / HTTP/1.1", "Host: a", "CDN-Loop: " + "moorgate,".repeat(8));
            assertThat(client.readAnswer().status()).isEqualTo(508);
            // Names are in any case, may have parameters, and may be in several lines.
            client.sendHead("GET / HTTP/1.1", "Host: a", seven + "Moorgate ; x=1");
            assertThat(client.readAnswer().status()).isEqualTo(508);
            client.sendHead("GET / HTTP/1.1", "Host: a", seven, "CDN-Loop: moorgate");
            assertThat(client.readAnswer().status()).isEqualTo(508);
            assertThat(upstream.requests()).hasSize(1);
        }
    }
}
