package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** H1 and H4: tables change under way and no request notices, nor sees two of them. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class TableFaultsTest {

    /** Marks request and answer, so that a request on two tables shows. */
    private static Setup marked(int version, ScriptedUpstream upstream) {
        var edits = new HeaderEdits(List.of(new HeaderField("x-table", "t" + version)), List.of(), List.of());
        return Setup.to(upstream).filters(new Filter.RequestHeaders(edits), new Filter.ResponseHeaders(edits));
    }

    /** Answers with the mark that the request carried. */
    private static ScriptedUpstream echoing() {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("\r\nx-table: ");
                connection.answer(head.substring(at + 11, head.indexOf("\r\n", at + 2)));
            }
        });
    }

    @Test
    void aHundredSwapsUnderLoadFailNoRequestAndEachSeesOneTable() throws Exception {
        var over = new AtomicBoolean();
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.start(marked(0, upstream));
                var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> loads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                loads.add(workers.submit(() -> load(proxy, over)));
            }
            for (int version = 1; version <= 100; version++) {
                int before = proxy.exchanges().size();
                proxy.install(marked(version, upstream));
                Await.until(
                        "requests on the next table", () -> proxy.exchanges().size() >= before + 4);
            }
            over.set(true);
            int served = 0;
            for (Future<Integer> load : loads) {
                served += served(load);
            }
            assertThat(served).isGreaterThanOrEqualTo(400);
            assertThat(proxy.exchanges()).allMatch(exchange -> exchange.status() == 200 && exchange.reason() == null);
        }
    }

    private static int served(Future<Integer> load) throws InterruptedException {
        try {
            return load.get();
        } catch (ExecutionException e) {
            throw new AssertionError("a request failed", e.getCause());
        }
    }

    private static int load(ProxyUnderTest proxy, AtomicBoolean over) {
        int count = 0;
        try (var client = proxy.connect()) {
            for (; !over.get(); count++) {
                Answer answer = client.get("/");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(answer.field("x-table"));
            }
        }
        return count;
    }

    @Test
    void aDownloadAndATunnelOutliveTheirTable() {
        var goOn = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head = connection.readRequestHead();
                    if (head.startsWith("GET /chat ")) {
                        connection.send(
                                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
                        connection.send("got " + connection.read(5));
                    } else {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
                        goOn.await();
                        connection.send(" half");
                    }
                });
                var other = ScriptedUpstream.answering("other");
                var proxy = ProxyUnderTest.to(upstream);
                var download = proxy.connect();
                var tunnel = proxy.connect();
                RawClient late = proxy.connect()) {
            download.sendHead("GET /file HTTP/1.1", "Host: a");
            assertThat(download.readHead()).startsWith("HTTP/1.1 200 ");
            tunnel.sendHead("GET /chat HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket");
            assertThat(tunnel.readHead()).startsWith("HTTP/1.1 101 ");
            for (int i = 0; i < 10; i++) {
                proxy.install(Setup.to(other));
                assertThat(late.get("/").body()).isEqualTo("other");
            }
            goOn.countDown();
            assertThat(download.read(10)).isEqualTo("first half");
            tunnel.send("hello");
            assertThat(tunnel.read(9)).isEqualTo("got hello");
        }
    }

    @Test
    void noEndpointsIsNoFaultOfTheTable() {
        try (var upstream = ScriptedUpstream.answering("back");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            proxy.install(Setup.toPorts());
            assertThat(client.get("/").status()).isEqualTo(503);
            proxy.install(Setup.to(upstream));
            assertThat(client.get("/").body()).isEqualTo("back");
        }
    }
}
