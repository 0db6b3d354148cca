package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** G1: a client that takes its time takes nobody else's. */
class SlowClientsTest {
    private static final int SLOW = 100;

    static final List<Arguments> HEADS = List.of(
            argumentSet("G1 one byte", "G", "E"),
            argumentSet("G1 in the target", "GET /a", "b"),
            argumentSet("G1 in a value", "GET / HTTP/1.1\r\nHost: a\r\nA: ", "b"),
            argumentSet("G1 between fields", "GET / HTTP/1.1\r\nHost: a\r\n", "A: b\r\n"));

    @ParameterizedTest
    @FieldSource("HEADS")
    void aHeadHasTenSecondsInAllHoweverItDrips(String begin, String drip) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(begin);
            for (int i = 0; i < 3; i++) {
                attack.servesOthers();
                attack.proxy.clock().advance(Duration.ofSeconds(3));
                client.send(drip);
            }
            attack.servesOthers();
            attack.proxy.clock().advance(Duration.ofSeconds(2));
            Attack.answersAndCloses(client, 408);
            assertThat(attack.proxy.exchanges())
                    .filteredOn(told -> told.reason() == ProxyFailure.HEAD_TIMEOUT)
                    .hasSize(1);
            attack.servesOthers();
            assertThat(attack.upstream.requests()).allMatch(head -> head.startsWith("GET /good "));
        }
    }

    @Test
    void manySlowClientsDelayNoGoodOneAndAreAllClosed() {
        List<RawClient> slow = new ArrayList<>();
        try (var attack = new Attack()) {
            for (int i = 0; i < SLOW; i++) {
                RawClient client = attack.proxy.connect();
                client.send("GET / HTTP/1.1\r\nHost: a\r\n");
                slow.add(client);
            }
            Await.until("all to be open", () -> attack.proxy.openClients() == SLOW);
            for (int i = 0; i < 20; i++) {
                attack.servesOthers();
                for (RawClient client : slow) {
                    client.send("X");
                }
            }
            attack.proxy.clock().advance(Duration.ofSeconds(11));
            for (RawClient client : slow) {
                Attack.answersAndCloses(client, 408);
            }
            attack.servesOthers();
            assertThat(attack.upstream.requests()).hasSize(21);
        } finally {
            slow.forEach(RawClient::close);
        }
        assertThat(slow).hasSize(SLOW);
    }

    @Test
    void anUploadIsStoppedOverItsLimitAtOnce() {
        try (var attack = new Attack(setup -> setup.bodyLimit(1_000))) {
            attack.refuses(
                    "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\nbegin",
                    413,
                    ProxyFailure.BODY_TOO_LARGE,
                    "");
        }
    }
}
