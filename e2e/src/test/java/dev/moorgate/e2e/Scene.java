package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Where a feature plays: a namespace and a host of its own, beside the shared release. For one thread. */
final class Scene implements AutoCloseable {
    /** How long a change may take from kubectl to the reply, on a busy machine. */
    static final Duration SOON = Duration.ofMinutes(2);

    /** On connections of their own, so that each of two replicas has nearly surely been asked. */
    static final int ASKED = 12;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ECHO = System.getProperty("e2e.echo", "registry.k8s.io/gateway-api/echo-basic:v1.5.1");

    private final Cluster cluster;
    private final Release release;
    private final String namespace;
    private final List<Release> others = new ArrayList<>();

    private Scene(Cluster cluster, Release release, String namespace) {
        this.cluster = cluster;
        this.release = release;
        this.namespace = namespace;
    }

    /** Its manifests applied. */
    static Scene of(Feature feature, Cluster cluster, Release release) throws IOException {
        var scene = new Scene(
                cluster,
                release,
                "e2e-" + feature.name() + "-" + Long.toString(System.currentTimeMillis() % 1_000_000, 36));
        cluster.kubectl().run("create", "namespace", scene.namespace);
        for (String manifest : feature.manifests()) {
            scene.applyFile(manifest);
        }
        return scene;
    }

    Cluster cluster() {
        return cluster;
    }

    Release release() {
        return release;
    }

    /** A release of this scene alone, which ends with it. Comes back when its pods are ready. */
    Release install(String name, String chart, String... values) {
        Release other = new Release(cluster, name);
        others.add(other);
        other.install(chart, values);
        return other;
    }

    /** What a person would look at first where something went wrong. */
    String story() {
        var story = new StringBuilder();
        for (String look : List.of(
                "get nodes -o wide",
                "-n NAMESPACE get all,endpointslices,ingresses -o wide",
                "-n NAMESPACE get events --sort-by=.lastTimestamp",
                "-n NAMESPACE get ingresses,stickypolicies.moorgate.dev -o yaml",
                "-n NAMESPACE get gateways.gateway.networking.k8s.io -o yaml",
                "-n NAMESPACE get httproutes.gateway.networking.k8s.io -o jsonpath={range.items[*]}{.metadata.name}{.status}{\"\\n\"}{end}")) {
            story.append(cluster.look(look.replace("NAMESPACE", namespace).split(" ", -1)));
        }
        story.append(release.story());
        others.forEach(other -> story.append(other.story()));
        return story.toString();
    }

    String namespace() {
        return namespace;
    }

    /** The host name that this scene's routes are for. */
    String host() {
        return namespace + ".example.com";
    }

    void applyFile(String manifest) throws IOException {
        apply(filled(manifest));
    }

    /** A file of {@code manifests/} with its blanks filled in. */
    String filled(String manifest) throws IOException {
        try (var in = Scene.class.getResourceAsStream("/manifests/" + manifest)) {
            if (in == null) {
                throw new IOException("no such manifest: " + manifest);
            }
            return fill(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private String fill(String yaml) {
        return yaml.replace("${class}", release.name())
                .replace("${host}", host())
                .replace("${namespace}", namespace)
                .replace("${echo}", ECHO);
    }

    /** Objects as YAML, in which {@code ${class}}, {@code ${host}}, {@code ${namespace}} and {@code ${echo}} are filled in. */
    void apply(String yaml) {
        apply(yaml, namespace);
    }

    /** To another namespace than the scene's. */
    void apply(String yaml, String where) {
        cluster.kubectl().feed(fill(yaml), "apply", "--server-side", "--force-conflicts", "-n", where, "-f", "-");
    }

    /** kubectl in the scene's namespace. */
    String kubectl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("-n", namespace));
        all.addAll(Arrays.asList(arguments));
        return cluster.kubectl().run(all.toArray(String[]::new));
    }

    JsonNode object(String kind, String name) {
        try {
            return JSON.readTree(kubectl("get", kind, name, "-o", "json"));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** All of a kind in the scene's namespace. */
    JsonNode objects(String kind) {
        try {
            return JSON.readTree(kubectl("get", kind, "-o", "json")).path("items");
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    void awaitRollout(String workload) {
        kubectl("rollout", "status", workload, "--timeout=120s");
    }

    /** Address of a Gateway of this namespace, as its status says. */
    String gateway(String name) throws Exception {
        var found = new String[1];
        Await.until(Duration.ofSeconds(60), () -> {
            JsonNode status = object("gateway", name).path("status");
            found[0] = status.path("addresses").path(0).path("value").asText();
            needCondition(status, "Programmed", "True", "");
            if (found[0].isEmpty()) {
                throw new AssertionError("the Gateway has no address: " + status);
            }
        });
        return found[0];
    }

    /** {@code reason} may be empty: any. */
    static void needCondition(JsonNode holder, String type, String status, String reason) {
        for (JsonNode condition : holder.path("conditions")) {
            if (condition.path("type").asText().equals(type)
                    && condition.path("status").asText().equals(status)
                    && (reason.isEmpty() || condition.path("reason").asText().equals(reason))) {
                return;
            }
        }
        throw new AssertionError("no " + type + "=" + status + " " + reason + " in " + holder.path("conditions"));
    }

    /** A condition of a route towards its first parent. */
    void awaitRoute(String name, String type, String status, String reason) throws Exception {
        Await.until(
                SOON,
                () -> needCondition(
                        object("httproute", name).path("status").path("parents").path(0), type, status, reason));
    }

    /** Asks on a connection of its own. */
    Reply get(String address, String target, String... headers) throws IOException {
        Map<String, String> fields = headers.length == 2 ? Map.of(headers[0], headers[1]) : Map.of();
        try (Client client = Client.http(address, 80)) {
            return client.get(host(), target, fields);
        }
    }

    /** Until requests are answered so, by whichever replica. */
    void awaitStatus(String address, String target, int status) throws Exception {
        Await.until(SOON, () -> {
            for (int i = 0; i < ASKED; i++) {
                Reply reply = get(address, target);
                if (reply.status() != status) {
                    throw new AssertionError("answered " + reply.status() + " " + reply.body());
                }
            }
        });
    }

    /** Until nothing of ours answers: no such route, or, where the release has no route at all, no listener. */
    void awaitGone(String address) throws Exception {
        Await.until(SOON, () -> assertThat(isServed(address)).isFalse());
    }

    boolean isServed(String address) throws IOException {
        try {
            return get(address, "/").status() != 404;
        } catch (ConnectException e) {
            return false;
        }
    }

    @Override
    public void close() {
        others.reversed().forEach(Release::end);
        cluster.kubectl().run("delete", "namespace", namespace, "--wait=false");
    }
}
