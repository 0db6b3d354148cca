package dev.moorgate.operator.watch;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * As much of an API server as lists and watches need, with resource versions that mean something: what happens between a list and its
 * watch is in the watch. It can be away, slow, overloaded, forgetful, and cut its watches.
 */
final class MemoryApi implements AutoCloseable {
    /** What it does to whoever asks. */
    enum Mood {
        WELL,
        /** Closes every connection without a word. */
        AWAY,
        /** Says 429 and when to come again. */
        BUSY,
        /** Answers lists, and every watch with 410 Gone. */
        FORGETFUL,
        /** Answers after a while. */
        SLOW
    }

    private static final long SLOW_MILLIS = 2_000;

    /** One change of one object; absent: an object that is gone. */
    private record Change(long version, String plural, String type, JsonObject object) {}

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final Map<String, Map<String, JsonObject>> objects = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Map<ServerWebSocket, String> watches = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> lists = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> opened = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private volatile Mood mood = Mood.WELL;
    private long version = 1;
    /** What happened up to here is not told any more. */
    private long forgotten;

    MemoryApi() throws Exception {
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(this::receive)
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** Watches that are open end where it is no longer well, as those of a server that went away. */
    synchronized void turn(Mood next) {
        mood = next;
        if (next != Mood.WELL) {
            cut();
        }
    }

    /** Ends all watches without a word: they end a while later, and are told nothing from now on. */
    synchronized void cut() {
        watches.keySet().forEach(watch -> watch.end());
        watches.clear();
    }

    /** Complete lists that were given of a kind. */
    int lists(String plural) {
        return lists.getOrDefault(plural, new AtomicInteger()).get();
    }

    /** Watches that were opened on a kind. */
    int opened(String plural) {
        return opened.getOrDefault(plural, new AtomicInteger()).get();
    }

    /** Requests of any kind, answered or not, for a kind. */
    int asked(String plural) {
        return asked.getOrDefault(plural, new AtomicInteger()).get();
    }

    /** Makes or changes an object. */
    synchronized void put(String plural, JsonObject object) {
        version++;
        JsonObject metadata = object.getJsonObject("metadata").copy().put("resourceVersion", String.valueOf(version));
        JsonObject kept = object.copy().put("metadata", metadata);
        String key = metadata.getString("namespace", "") + "/" + metadata.getString("name");
        JsonObject before =
                objects.computeIfAbsent(plural, absent -> new TreeMap<>()).put(key, kept);
        tell(new Change(version, plural, before == null ? "ADDED" : "MODIFIED", kept));
    }

    /** Ends an object. */
    synchronized void remove(String plural, String namespace, String name) {
        version++;
        JsonObject gone = objects.getOrDefault(plural, Map.of())
                .remove(namespace + "/" + name)
                .copy();
        gone.getJsonObject("metadata").put("resourceVersion", String.valueOf(version));
        tell(new Change(version, plural, "DELETED", gone));
    }

    /** As after a compaction: watches from before now are answered with 410 Gone. */
    synchronized void forget() {
        changes.clear();
        forgotten = version;
    }

    /** Every request that was no question. */
    List<String> writes() {
        return List.copyOf(writes);
    }

    private void tell(Change change) {
        changes.add(change);
        watches.forEach((watch, plural) -> {
            if (plural.equals(change.plural())) {
                send(watch, change);
            }
        });
    }

    private static void send(ServerWebSocket watch, Change change) {
        watch.writeTextMessage(new JsonObject()
                .put("type", change.type())
                .put("object", change.object())
                .encode());
    }

    private void receive(HttpServerRequest request) {
        String[] path = request.path().split("/", -1);
        int group = path[1].equals("api") ? 3 : 4;
        boolean isNamespaced = path.length > group + 2 && path[group].equals("namespaces");
        String plural = path[isNamespaced ? group + 2 : group];
        boolean isOne = path.length > (isNamespaced ? group + 3 : group + 1);
        String apiVersion = path[1].equals("api") ? path[2] : path[2] + "/" + path[3];
        if (!request.method().equals(HttpMethod.GET)) {
            writes.add(request.method() + " " + request.path());
        }
        asked.computeIfAbsent(plural, absent -> new AtomicInteger()).incrementAndGet();
        switch (mood) {
            case AWAY -> request.connection().close();
            case BUSY ->
                request.response()
                        .setStatusCode(429)
                        .putHeader("retry-after", "1")
                        .end();
            case SLOW -> {
                request.pause();
                vertx.setTimer(SLOW_MILLIS, id -> {
                    request.resume();
                    answer(request, plural, isOne, apiVersion);
                });
            }
            case WELL, FORGETFUL -> answer(request, plural, isOne, apiVersion);
        }
    }

    private void answer(HttpServerRequest request, String plural, boolean isOne, String apiVersion) {
        if ("true".equals(request.getParam("watch"))) {
            long since = Long.parseLong(request.getParam("resourceVersion"));
            request.toWebSocket().onSuccess(watch -> watch(watch, plural, since));
        } else if (isOne) {
            request.response().setStatusCode(404).end();
        } else {
            list(request, plural, apiVersion);
        }
    }

    private synchronized void list(HttpServerRequest request, String plural, String apiVersion) {
        lists.computeIfAbsent(plural, absent -> new AtomicInteger()).incrementAndGet();
        request.response()
                .putHeader("content-type", "application/json")
                .end(new JsonObject()
                        .put("apiVersion", apiVersion)
                        .put("kind", "List")
                        .put("metadata", new JsonObject().put("resourceVersion", String.valueOf(version)))
                        .put(
                                "items",
                                new JsonArray(new ArrayList<>(
                                        objects.getOrDefault(plural, Map.of()).values())))
                        .encode());
    }

    private synchronized void watch(ServerWebSocket watch, String plural, long since) {
        if (mood == Mood.AWAY) {
            // asked for when it was not
            watch.end();
            return;
        }
        if (mood == Mood.FORGETFUL || since < forgotten) {
            watch.writeTextMessage(new JsonObject()
                    .put("type", "ERROR")
                    .put(
                            "object",
                            new JsonObject()
                                    .put("apiVersion", "v1")
                                    .put("kind", "Status")
                                    .put("status", "Failure")
                                    .put("reason", "Expired")
                                    .put("code", 410))
                    .encode());
            watch.end();
            return;
        }
        watch.closeHandler(gone -> watches.remove(watch));
        watches.put(watch, plural);
        opened.computeIfAbsent(plural, absent -> new AtomicInteger()).incrementAndGet();
        changes.stream()
                .filter(change -> change.version() > since && change.plural().equals(plural))
                .forEach(change -> send(watch, change));
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
