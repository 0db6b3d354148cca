package dev.moorgate.dataplane.cost;

import com.sun.management.ThreadMXBean;
import dev.moorgate.dataplane.DataPlane;
import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.dataplane.observe.AccessLog;
import dev.moorgate.routetable.Upstream.Protocol;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/**
 * A process that prints how many bytes the event loop of a whole data plane allocates for a request, one workload a line:
 * {@code http1 1234}. Requests come one after the other. Its JVM must not eliminate allocations (C1 does not), so that they are those
 * of the code and the same in each run.
 */
final class AllocationMeter {
    private static final int WARM_UP = 600;
    private static final int ROUNDS = 7;
    private static final int REQUESTS = 300;
    private static final String BODY = "x".repeat(1024);

    private AllocationMeter() {}

    /** One request and the whole answer to it. */
    private interface Request {
        void send();
    }

    public static void main(String[] args) throws IOException {
        http1();
        sticky();
        http2();
        grpc();
    }

    private static void http1() throws IOException {
        try (var upstream = ScriptedUpstream.answering(BODY);
                DataPlane plane = start(Setup.to(upstream));
                var client = RawClient.connect(port(plane))) {
            measure("http1", () -> require(client.get("/cart?item=1").status() == 200));
        }
    }

    private static void sticky() throws IOException {
        try (var one = ScriptedUpstream.answering(BODY);
                var two = ScriptedUpstream.answering(BODY);
                DataPlane plane = start(Sticky.to(one, two));
                var client = RawClient.connect(port(plane))) {
            String cookie = client.get("/").field("set-cookie").split(";", 2)[0];
            measure("sticky", () -> {
                client.sendHead("GET /cart HTTP/1.1", "Host: a", "Cookie: theme=dark; " + cookie);
                RawClient.Answer answer = client.readAnswer();
                require(answer.status() == 200 && !answer.has("set-cookie"));
            });
        }
    }

    private static void http2() throws IOException {
        try (var upstream = ScriptedUpstream.answering(BODY);
                DataPlane plane = start(Setup.to(upstream));
                var client = new Http2TestClient(RawClient.connect(port(plane)))) {
            measure("http2", () -> require(client.get("/cart?item=1").body().length() == BODY.length()));
        }
    }

    private static void grpc() throws IOException {
        String message = "\0\0\0\0\5hello";
        try (var upstream = Http2Upstream.running(call -> call.head(200, false, "content-type", "application/grpc")
                        .data(message, false)
                        .trailers("grpc-status", "0"));
                DataPlane plane = start(Setup.toPorts(upstream.port()).protocol(Protocol.H2C));
                var client = new Http2TestClient(RawClient.connect(port(plane)))) {
            measure("grpc", () -> {
                Http2TestClient.Answer call =
                        client.post("/shop.Cart/Add", "content-type: application/grpc", "te: trailers");
                require(call.send(message, true).body().equals(message));
            });
        }
    }

    private static DataPlane start(Setup setup) throws IOException {
        DataPlane plane = DataPlane.start(DataPlaneSettings.STANDARD
                .withEventLoops(1)
                .withAccessLog(Path.of("/dev/null"), AccessLog.Queries.OMITTED));
        InstallResult result = plane.install("measured", setup.table(), setup.endpoints());
        require(result instanceof InstallResult.Applied);
        return plane;
    }

    private static int port(DataPlane plane) {
        return plane.boundPorts().get(Setup.LISTENER).getPort();
    }

    /** The least of the rounds: what the loop does beside requests only adds to some of them. */
    private static void measure(String name, Request request) {
        for (int i = 0; i < WARM_UP; i++) {
            request.send();
        }
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = allocated();
            for (int i = 0; i < REQUESTS; i++) {
                request.send();
            }
            least = Math.min(least, (allocated() - before) / REQUESTS);
        }
        System.out.println(name + " " + least);
    }

    private static long allocated() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("vert.x-eventloop-thread")) {
                sum += threads.getThreadAllocatedBytes(thread.threadId());
            }
        }
        require(sum > 0);
        return sum;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("the proxy did not do what is measured");
        }
    }
}
