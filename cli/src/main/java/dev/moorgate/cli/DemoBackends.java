package dev.moorgate.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.Executors;

/** Small backends in this process for the quick start: each says its colour and what it was asked. */
final class DemoBackends implements AutoCloseable {
    private static final List<String> COLOURS =
            List.of("red", "green", "blue", "amber", "violet", "cyan", "olive", "pink");

    private final List<HttpServer> servers = new ArrayList<>();

    private DemoBackends() {}

    /** Starts one backend at each address; the colours follow the order of the ports. */
    static DemoBackends start(NavigableSet<Integer> ports) throws IOException {
        var demo = new DemoBackends();
        for (int port : ports) {
            int place = demo.servers.size();
            String colour = COLOURS.get(place % COLOURS.size()) + (place < COLOURS.size() ? "" : place);
            try {
                HttpServer server =
                        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
                server.createContext("/", exchange -> answer(exchange, colour));
                server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
                server.start();
                demo.servers.add(server);
            } catch (IOException e) {
                demo.close();
                throw new IOException("--demo: cannot listen on 127.0.0.1:" + port + ": " + e.getMessage(), e);
            }
        }
        return demo;
    }

    private static void answer(HttpExchange exchange, String colour) throws IOException {
        try (exchange) {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            byte[] text = (colour + ": " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " for "
                            + exchange.getRequestHeaders().getFirst("Host") + "\n")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : text.length);
            if (!head) {
                try (OutputStream body = exchange.getResponseBody()) {
                    body.write(text);
                }
            }
        }
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
    }
}
