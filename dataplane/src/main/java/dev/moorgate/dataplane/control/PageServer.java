package dev.moorgate.dataplane.control;

import dev.moorgate.dataplane.control.Page.Answer;
import dev.moorgate.dataplane.control.Page.Pace;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private listener: {@code health} for the kubelet and Prometheus, {@code admin} for people on the machine, or both in
 * one (standalone). Reads only: every page answers GET and HEAD.
 */
public final class PageServer {
    private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);
    private static final int HEAD_LIMIT = 8 << 10;
    private static final int IDLE_SECONDS = 60;
    /** In an Accept-Encoding, with a weight of more than 0 (RFC 9110 12.5.3). */
    private static final Pattern GZIP = Pattern.compile(
            "(?:^|,)\\s*(?:x-)?gzip\\s*(?:;\\s*q=(?:1(?:\\.0*)?|0\\.0*[1-9]\\d*)\\s*)?(?:,|$)",
            Pattern.CASE_INSENSITIVE);

    private final Vertx vertx;
    private final Map<String, Page> pages = new HashMap<>();
    private final HostGuard guard;

    private PageServer(Vertx vertx, List<Page> pages, HostGuard guard) {
        this.vertx = vertx;
        this.guard = guard;
        pages.forEach(page -> this.pages.put(page.path(), page));
    }

    /** What the pages show. */
    public record Sources(
            LivenessSource liveness,
            ReadinessSource readiness,
            TableView table,
            UpstreamsView upstreams,
            StaplesView staples,
            ProxyMetrics metrics,
            String release) {
        List<Page> healthPages() {
            return Pages.health(liveness, readiness, metrics);
        }

        List<Page> adminPages() {
            return Pages.admin(table, upstreams, staples, metrics, release);
        }
    }

    /** {@code /healthz}, {@code /readyz} and {@code /metrics}, under any Host. */
    public static Future<HttpServer> health(Vertx vertx, Sources sources, String host, int port) {
        return new PageServer(vertx, sources.healthPages(), HostGuard.NONE).listen(host, port);
    }

    /** {@code /table}, {@code /upstreams}, {@code /staples}, {@code /version} and {@code /metrics}, guarded against foreign Hosts. */
    public static Future<HttpServer> admin(Vertx vertx, Sources sources, String host, int port) {
        return new PageServer(vertx, sources.adminPages(), HostGuard.of(host)).listen(host, port);
    }

    /** The pages of both, guarded as the admin's are. */
    public static Future<HttpServer> both(Vertx vertx, Sources sources, String host, int port) {
        List<Page> all = Pages.union(sources.healthPages(), sources.adminPages());
        return new PageServer(vertx, all, HostGuard.of(host)).listen(host, port);
    }

    private Future<HttpServer> listen(String host, int port) {
        var options = new HttpServerOptions()
                .setMaxHeaderSize(HEAD_LIMIT)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false);
        return vertx.createHttpServer(options).requestHandler(this::handle).listen(port, host);
    }

    private void handle(HttpServerRequest request) {
        Page page = pages.get(request.path());
        if (!guard.admits(request.getHeader("host"))) {
            send(request, Answer.text(403, "this Host is not served here"));
        } else if (page == null) {
            send(request, Answer.text(404, "no such page"));
        } else if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("allow", "GET, HEAD");
            send(request, Answer.text(405, "only GET and HEAD"));
        } else if (page.pace() == Pace.QUICK) {
            send(request, answer(page));
        } else {
            vertx.executeBlocking(() -> answer(page), false).onSuccess(answer -> send(request, answer));
        }
    }

    private static Answer answer(Page page) {
        try {
            return page.answer().get();
        } catch (RuntimeException e) {
            LOG.error("The page {} could not be made", page.path(), e);
            return Answer.text(500, "this page could not be made");
        }
    }

    private static void send(HttpServerRequest request, Answer answer) {
        HttpServerResponse response = request.response();
        if (response.closed()) {
            return;
        }
        response.setStatusCode(answer.status())
                .putHeader("content-type", answer.contentType())
                .putHeader("cache-control", "no-store")
                .putHeader("x-content-type-options", "nosniff");
        boolean hasBody = !request.method().equals(HttpMethod.HEAD);
        switch (answer.body()) {
            case Page.Plain plain -> send(response, plain.octets(), hasBody);
            case PackedText text
            when isGzipTaken(request) -> send(response.putHeader("content-encoding", "gzip"), text.packed(), hasBody);
            case PackedText text -> {
                response.putHeader("content-length", Long.toString(text.length()));
                if (hasBody) {
                    text.sendUnpacked(response);
                } else {
                    response.end();
                }
            }
        }
    }

    private static void send(HttpServerResponse response, Buffer body, boolean hasBody) {
        response.putHeader("content-length", Integer.toString(body.length()));
        if (hasBody) {
            response.end(body);
        } else {
            response.end();
        }
    }

    private static boolean isGzipTaken(HttpServerRequest request) {
        String taken = request.getHeader("accept-encoding");
        return taken != null && GZIP.matcher(taken).find();
    }
}
