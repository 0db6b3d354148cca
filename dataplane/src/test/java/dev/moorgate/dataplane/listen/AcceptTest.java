package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Design 7: connections are spread by load; G2, G3: limits and exhausted descriptors. */
class AcceptTest {

    @Test
    void longConnectionsAreSpreadEvenlyWhateverClosesMeanwhile() throws Exception {
        try (var fixture = new ListenFixture(4, true)) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", 0))));
            var kept = new ArrayList<Socket>();
            for (int i = 0; i < 300; i++) {
                Socket socket = fixture.connect("web");
                ListenFixture.echo(socket, "x");
                if (i % 3 == 0) {
                    kept.add(socket);
                } else {
                    socket.close();
                    int open = kept.size();
                    assertThat(ListenFixture.eventually(() -> fixture.listeners.connections() == open))
                            .isTrue();
                }
            }

            List<Integer> counts = fixture.listeners.loopCounts();

            assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
            assertThat(Collections.max(counts) / 25.0).isLessThanOrEqualTo(1.3);
            for (Socket socket : kept) {
                socket.close();
            }
        }
    }

    @Test
    void beyondTheLimitConnectionsWaitUntilOneCloses() throws Exception {
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(
                    Tables.limits(Duration.ofSeconds(10), 2), List.of(Tables.http("web", "127.0.0.1", 0))));
            Socket first = fixture.connect("web");
            Socket second = fixture.connect("web");
            ListenFixture.echo(first, "1");
            ListenFixture.echo(second, "2");
            Socket third = fixture.connect("web");
            third.getOutputStream().write('3');
            assertThat(isSilent(third)).isTrue();

            first.close();

            assertThat(third.getInputStream().read()).isEqualTo('3');
            assertThat(ListenFixture.echo(second, "2")).isEqualTo("2");
            second.close();
            third.close();
        }
    }

    @Test
    void aRaisedLimitTakesThoseThatWait() throws Exception {
        try (var fixture = new ListenFixture()) {
            var listeners = List.of(Tables.http("web", "127.0.0.1", 0));
            fixture.install(Tables.table(Tables.limits(Duration.ofSeconds(10), 1), listeners));
            Socket first = fixture.connect("web");
            ListenFixture.echo(first, "1");
            Socket second = fixture.connect("web");
            second.getOutputStream().write('2');

            fixture.install(Tables.table(Tables.limits(Duration.ofSeconds(10), 5), listeners));

            assertThat(second.getInputStream().read()).isEqualTo('2');
            first.close();
            second.close();
        }
    }

    @Test
    void withoutDescriptorsAcceptPausesAndRecovers() throws Exception {
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", 0))));
            Socket before = fixture.connect("web");
            ListenFixture.echo(before, "1");
            var channel = fixture.listeners.byListener().get("web").channel();

            channel.eventLoop()
                    .submit(() -> {
                        channel.pipeline().fireExceptionCaught(new IOException("accept: Too many open files"));
                        assertThat(channel.config().isAutoRead()).isFalse();
                    })
                    .get();

            assertThat(ListenFixture.echo(before, "2")).isEqualTo("2");
            try (Socket after = fixture.connect("web")) {
                assertThat(ListenFixture.echo(after, "3")).isEqualTo("3");
            }
            before.close();
        }
    }

    @Test
    void withoutMemoryNoConnectionIsAcceptedUntilThereIsSome() throws Exception {
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(List.of(Tables.http("web", "127.0.0.1", 0))));
            Socket before = fixture.connect("web");
            ListenFixture.echo(before, "1");
            fixture.overloaded.set(true);
            try (Socket refused = fixture.connect("web")) {
                assertThat(isEnded(refused)).isTrue();
            }
            Socket waiting = fixture.connect("web");
            waiting.getOutputStream().write('w');
            assertThat(isSilent(waiting)).isTrue();
            assertThat(ListenFixture.echo(before, "2")).isEqualTo("2");

            fixture.overloaded.set(false);

            assertThat(waiting.getInputStream().read()).isEqualTo('w');
            waiting.close();
            before.close();
        }
    }

    private static boolean isEnded(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void connectionsWaitInTheQueueUntilTheTableIsSwapped() throws Exception {
        try (var fixture = new ListenFixture()) {
            int port = ListenerDiffTest.freePort();
            var serving = new Serving(
                    Tables.http("web", "127.0.0.1", port), Optional.empty(), Tables.limits(Duration.ofSeconds(1), 9));
            var change = (SocketChange) fixture.listeners.prepare(List.of(serving));
            try (Socket early = ListenFixture.connect(InetAddress.ofLiteral("127.0.0.1"), port)) {
                early.getOutputStream().write('x');
                assertThat(isSilent(early)).isTrue();

                change.commit();

                assertThat(early.getInputStream().read()).isEqualTo('x');
            }
        }
    }

    private static boolean isSilent(Socket socket) throws IOException {
        int before = socket.getSoTimeout();
        socket.setSoTimeout(100);
        try {
            return socket.getInputStream().read() == Integer.MIN_VALUE;
        } catch (SocketTimeoutException silent) {
            return true;
        } finally {
            socket.setSoTimeout(before);
        }
    }
}
