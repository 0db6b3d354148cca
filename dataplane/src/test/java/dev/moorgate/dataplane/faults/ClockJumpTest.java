package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.houserules.Callers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** H12: the time of day jumps, by a day or by a second, and no limit is met for it, or missed. */
class ClockJumpTest {
    private static final Pattern TIME_OF_DAY = Pattern.compile("java\\.lang\\.System\\.currentTimeMillis"
            + "|java\\.time\\.\\w+\\.(now|system\\w*|tick\\w*)|java\\.util\\.(Date|GregorianCalendar)\\.<init>");

    private final CountDownLatch answer = new CountDownLatch(1);

    private ScriptedUpstream upstream() {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                if (head.startsWith("GET /waits")) {
                    answer.await();
                }
                connection.answer(head.split(" ", 3)[1]);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT24H", "PT-24H", "PT1S", "PT-1S"})
    void noLimitIsMetForATimeOfDayThatJumpsOrMissed(Duration jump) {
        try (var upstream = upstream();
                var proxy = ProxyUnderTest.to(upstream);
                var idle = proxy.connect();
                var inHead = proxy.connect();
                var inBody = proxy.connect();
                var waiting = proxy.connect()) {
            assertThat(idle.get("/idle").body()).isEqualTo("/idle");
            inHead.send("GET /head HTTP/1.1\r\nHost: ");
            inBody.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
            waiting.sendHead("GET /waits HTTP/1.1", "Host: a");
            Await.until("the request", () -> upstream.requests().stream().anyMatch(head -> head.contains("/waits")));

            proxy.clock().jump(jump);
            proxy.clock().advance(Duration.ofSeconds(5));
            assertThat(idle.isSilent(300)).as("a tick has passed").isTrue();

            inHead.send("a\r\n\r\n");
            assertThat(inHead.readAnswer().body()).isEqualTo("/head");
            inBody.send("dy");
            assertThat(inBody.readAnswer().body()).isEqualTo("/body");
            answer.countDown();
            assertThat(waiting.readAnswer().body()).isEqualTo("/waits");
            assertThat(idle.get("/still").body()).isEqualTo("/still");
            assertThat(proxy.exchanges()).hasSize(5).allMatch(exchange -> exchange.status() == 200);

            idle.send("GET /late HTTP/1.1\r\n");
            proxy.clock().advance(Duration.ofSeconds(11));
            RawClient.Answer late = idle.readAnswer();
            assertThat(late.status()).isEqualTo(408);
            Instant told = ZonedDateTime.parse(late.field("date"), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            assertThat(Duration.between(Instant.now().plus(jump), told).abs()).isLessThan(Duration.ofMinutes(5));
        }
    }

    /** Dates, tokens and tickets go by it, and nothing that is a limit. */
    @Test
    void fewReadTheTimeOfDay() {
        assertThat(Callers.of("dev.moorgate.dataplane", TIME_OF_DAY))
                .containsExactly(
                        "dev.moorgate.dataplane.DataPlane",
                        "dev.moorgate.dataplane.EventLoops",
                        "dev.moorgate.dataplane.balance.StickySessions",
                        "dev.moorgate.dataplane.upstream.NanoClock");
    }
}
