package dev.moorgate.dataplane;

import dev.moorgate.dataplane.control.PageServer;
import dev.moorgate.dataplane.control.PageServer.Sources;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The two listeners that are not for clients (design 7), as bound.
 *
 * @param health absent: not asked for
 * @param admin absent: not asked for
 */
record PrivateServers(Optional<InetSocketAddress> health, Optional<InetSocketAddress> admin) {
    private static final long BIND_SECONDS = 10;

    /** Opens what {@code settings} ask for; they end with {@code vertx}. */
    static PrivateServers open(Vertx vertx, Sources sources, DataPlaneSettings settings) throws IOException {
        Optional<InetSocketAddress> health = settings.health();
        Optional<InetSocketAddress> admin = settings.admin();
        if (health.isPresent() && health.equals(admin)) {
            Optional<InetSocketAddress> both = Optional.of(bound(
                    "health and admin", health.get(), (host, port) -> PageServer.both(vertx, sources, host, port)));
            return new PrivateServers(both, both);
        }
        Optional<InetSocketAddress> boundHealth = Optional.empty();
        Optional<InetSocketAddress> boundAdmin = Optional.empty();
        if (health.isPresent()) {
            boundHealth = Optional.of(
                    bound("health", health.get(), (host, port) -> PageServer.health(vertx, sources, host, port)));
        }
        if (admin.isPresent()) {
            boundAdmin = Optional.of(
                    bound("admin", admin.get(), (host, port) -> PageServer.admin(vertx, sources, host, port)));
        }
        return new PrivateServers(boundHealth, boundAdmin);
    }

    /** Starts one of them. */
    private interface Opening {
        Future<HttpServer> at(String host, int port);
    }

    private static InetSocketAddress bound(String what, InetSocketAddress address, Opening opening) throws IOException {
        String host = address.getHostString();
        HttpServer server =
                await(what + " listener " + host + ":" + address.getPort(), opening.at(host, address.getPort()));
        return new InetSocketAddress(host, server.actualPort());
    }

    /** Waits for what is being opened; says in one line what could not be, and why. */
    static <T> T await(String what, Future<T> opening) throws IOException {
        try {
            return opening.toCompletionStage().toCompletableFuture().get(BIND_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("cannot open " + what + ": " + why(cause), cause);
        } catch (TimeoutException e) {
            throw new IOException("cannot open " + what + ": no answer within " + BIND_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while opening " + what, e);
        }
    }

    private static String why(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        return text.toLowerCase(Locale.ROOT).contains("already in use") ? "the port is already in use" : text;
    }
}
