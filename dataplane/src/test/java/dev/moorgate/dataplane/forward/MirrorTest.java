package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Upstream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MirrorTest {

    private static Setup mirrored(ScriptedUpstream upstream, int mirrorPort) {
        return mirrored(upstream, mirrorPort, 1, 1);
    }

    private static Setup mirrored(ScriptedUpstream upstream, int mirrorPort, int numerator, int denominator) {
        return Setup.to(upstream)
                .filters(new Filter.Mirror("mirror", numerator, denominator))
                .alsoUpstream(Upstream.http("mirror", Setup.SOURCE), List.of(Setup.endpoint("mirror-0", mirrorPort)));
    }

    @Test
    void everyRequestGoesToTheMirrorAsWellAndItsAnswersAreIgnored() {
        try (var upstream = ScriptedUpstream.answering("real");
                var mirror = ScriptedUpstream.answeringRaw("HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nfake");
                var proxy = ProxyUnderTest.start(mirrored(upstream, mirror.port()));
                var client = proxy.connect()) {
            for (int i = 1; i <= 5; i++) {
                assertThat(client.get("/" + i).body()).isEqualTo("real");
                int seen = i;
                Await.until("the copy", () -> mirror.requests().size() == seen);
            }
            assertThat(mirror.requests().getLast())
                    .startsWith("GET /5 HTTP/1.1\r\n")
                    .contains("Host: test.example");
            assertThat(mirror.connections()).isEqualTo(1);
        }
    }

    /** Which ones is drawn: the bounds are seven standard deviations wide. */
    @ParameterizedTest
    @CsvSource({"1, 4, 40, 160", "0, 100, 0, 0"})
    void noMoreThanTheShareIsCopied(int numerator, int denominator, int least, int most) {
        try (var upstream = ScriptedUpstream.answering("real");
                var mirror = ScriptedUpstream.answering("copy");
                var proxy = ProxyUnderTest.start(mirrored(upstream, mirror.port(), numerator, denominator));
                var client = proxy.connect()) {
            for (int i = 0; i < 400; i++) {
                assertThat(client.get("/").body()).isEqualTo("real");
            }
            Await.until("the copies to be over", () -> proxy.underWay() == 0);
            assertThat(mirror.requests().size()).isBetween(least, most);
        }
    }

    @Test
    void aSmallBodyIsCopiedToo() {
        var bodies = new CopyOnWriteArrayList<String>();
        try (var upstream = ScriptedUpstream.answering("real");
                var mirror = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    bodies.add(connection.read(6));
                    connection.stall();
                });
                var proxy = ProxyUnderTest.start(mirrored(upstream, mirror.port()));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 6");
            client.send("abcdef");
            assertThat(client.readAnswer().body()).isEqualTo("real");
            Await.until("the copy", () -> bodies.contains("abcdef"));
        }
    }

    @Test
    void aMirrorThatIsAwayIsNotNoticed() {
        try (var upstream = ScriptedUpstream.answering("real");
                var proxy = ProxyUnderTest.start(mirrored(upstream, ScriptedUpstream.refusedPort()));
                var client = proxy.connect()) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.get("/").body()).isEqualTo("real");
            }
        }
    }
}
