package dev.moorgate.operator.observe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * {@code /healthz} and {@code /metrics} of the operator. Healthy means that the process runs: a lost API server or data plane is nothing
 * that a restart would mend, and shows in the metrics.
 */
public final class HealthServer implements AutoCloseable {
    private static final int GRACE_SECONDS = 0;

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    private HealthServer(HttpServer server) {
        this.server = server;
    }

    public static HealthServer start(InetSocketAddress address, OperatorMetrics metrics) throws IOException {
        HealthServer health = new HealthServer(HttpServer.create(address, 0));
        health.server.setExecutor(health.executor);
        health.server.createContext(
                "/healthz", exchange -> answer(exchange, 200, "text/plain", "ok\n".getBytes(StandardCharsets.UTF_8)));
        health.server.createContext(
                "/metrics", exchange -> answer(exchange, 200, metrics.contentType(), metrics.scrape()));
        health.server.start();
        return health;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        try (exchange) {
            boolean isRead = exchange.getRequestMethod().equals("GET");
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(isRead ? status : 405, isRead ? body.length : -1);
            if (isRead) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(GRACE_SECONDS);
        executor.close();
    }
}
