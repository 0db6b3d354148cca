package dev.moorgate.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The chart as somebody installed it: a namespace of its own, classes named after the release. */
record Release(Cluster cluster, String name) {
    private static final ObjectMapper JSON = new ObjectMapper();
    static final String CHART = Cluster.root().resolve("charts/moorgate").toString();

    /** In a namespace of its own. */
    void install(String chart, String... values) {
        // what a run left that was cut short: helm goes on with nothing that it did not finish
        if (!isDeployed()) {
            end();
        }
        // one that a former run left is still on its way out
        cluster.kubectl().attempt("", "wait", "--for=delete", "namespace/" + name, "--timeout=60s");
        cluster.kubectl().attempt("", "create", "namespace", name);
        // the strictest that Kubernetes knows
        cluster.kubectl().run("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted");
        upgrade(chart, values);
    }

    private boolean isDeployed() {
        Tool.Outcome status = cluster.helm().attempt("", "status", name, "--namespace", name);
        return status.status() == 0 && status.output().contains("STATUS: deployed");
    }

    /** Whatever is left of it. */
    void end() {
        cluster.helm().attempt("", "uninstall", name, "--namespace", name, "--wait", "--timeout", "3m");
        cluster.kubectl().attempt("", "delete", "namespace", name, "--wait=false", "--ignore-not-found");
    }

    /** {@code values}: as helm's {@code --set} takes them. Comes back when all pods are ready. */
    void upgrade(String chart, String... values) {
        List<String> arguments = new ArrayList<>(List.of("upgrade", "--install", name, chart));
        arguments.addAll(List.of("--namespace", name, "--wait", "--timeout", "5m"));
        arguments.addAll(List.of("--set", "image.repository=" + System.getProperty("e2e.image", "moorgate")));
        arguments.addAll(
                List.of("--set", "image.tag=" + System.getProperty("e2e.tag", System.getProperty("moorgate.version"))));
        arguments.addAll(List.of("--set", "controllerName.ingress=moorgate.dev/ingress-" + name));
        arguments.addAll(List.of("--set", "controllerName.gateway=moorgate.dev/gateway-" + name));
        // what a small machine can hold beside everything else
        arguments.addAll(List.of("--set", "dataPlane.resources.requests.cpu=50m,operator.resources.requests.cpu=50m"));
        // where it is "on", a cache that does not fit is an error
        String aot = System.getProperty("moorgate.aot", "auto");
        for (String process : List.of("dataPlane", "operator")) {
            arguments.addAll(
                    List.of("--set", process + ".env[0].name=MOORGATE_AOT," + process + ".env[0].value=" + aot));
        }
        for (String value : values) {
            arguments.addAll(List.of("--set", value));
        }
        cluster.helm().run(arguments.toArray(String[]::new));
    }

    void rollback() {
        cluster.helm().run("rollback", name, "--namespace", name, "--wait", "--timeout", "5m");
    }

    void uninstall() {
        cluster.helm().run("uninstall", name, "--namespace", name, "--wait", "--timeout", "3m");
    }

    /** The operator, as the API server knows it. */
    String user() {
        return "system:serviceaccount:" + name + ":" + name;
    }

    /** Where Ingresses are served. */
    String address() throws Exception {
        return address(name);
    }

    /** The address of a Service in the release's namespace, as soon as it has one. */
    String address(String service) throws Exception {
        var found = new String[1];
        Await.until(Duration.ofSeconds(60), () -> {
            found[0] = kubectl("get", "service", service, "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}");
            if (found[0].isBlank()) {
                throw new AssertionError("Service " + service + " has no address");
            }
        });
        return found[0];
    }

    /** Names of its pods that are not on their way out. */
    List<String> pods() {
        List<String> names = new ArrayList<>();
        for (JsonNode pod : list("pods").path("items")) {
            if (!pod.path("metadata").has("deletionTimestamp")) {
                names.add(pod.path("metadata").path("name").asText());
            }
        }
        return names;
    }

    /** Where its pods are, of those that are not on their way out. */
    List<String> addresses() {
        List<String> addresses = new ArrayList<>();
        for (JsonNode pod : list("pods").path("items")) {
            if (!pod.path("metadata").has("deletionTimestamp")) {
                addresses.add(pod.path("status").path("podIP").asText());
            }
        }
        return addresses;
    }

    /** How often a container was started again, over all pods. */
    int restarts(String container) {
        int restarts = 0;
        for (JsonNode pod : list("pods").path("items")) {
            for (String statuses : List.of("containerStatuses", "initContainerStatuses")) {
                for (JsonNode status : pod.path("status").path(statuses)) {
                    restarts += status.path("name").asText().equals(container)
                            ? status.path("restartCount").asInt()
                            : 0;
                }
            }
        }
        return restarts;
    }

    void needReady(int pods) {
        int ready = 0;
        for (JsonNode pod : list("pods").path("items")) {
            for (JsonNode condition : pod.path("status").path("conditions")) {
                ready += condition.path("type").asText().equals("Ready")
                                && condition.path("status").asText().equals("True")
                        ? 1
                        : 0;
            }
        }
        if (ready < pods) {
            throw new AssertionError(ready + " of " + pods + " pods are ready");
        }
    }

    /** The pod that holds the lease. */
    String leader() {
        String holder = kubectl("get", "lease", name + "-leader", "-o", "jsonpath={.spec.holderIdentity}");
        return pods().stream()
                .filter(holder::contains)
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody leads: the lease says \"" + holder + "\""));
    }

    /** A pod as it is; a missing node where it is gone. */
    JsonNode pod(String pod) {
        for (JsonNode one : list("pods").path("items")) {
            if (one.path("metadata").path("name").asText().equals(pod)) {
                return one;
            }
        }
        return JSON.missingNode();
    }

    static String address(JsonNode pod) {
        return pod.path("status").path("podIP").asText();
    }

    /** Sends a signal to every JVM of a container. */
    void signalJava(String pod, String container, String signal) {
        String script =
                "for f in /proc/[0-9]*/comm; do read -r c <$f; if [ \"$c\" = java ]; then f=${f#/proc/}; kill -s "
                        + signal + " ${f%/comm}; fi; done";
        cluster.kubectl().run("exec", "-n", name, pod, "-c", container, "--", "/bin/sh", "-c", script);
    }

    /** Ends every JVM of a container at once, and leaves what started it. The first process of a container minds no KILL from inside. */
    void killJava(String pod, String container) {
        String script =
                "for f in /proc/[0-9]*/comm; do read -r c <$f; if [ \"$c\" = java ]; then f=${f#/proc/}; case $f in 1/*) kill -s SEGV 1;; *) kill -9 ${f%/comm};; esac; fi; done";
        cluster.kubectl().attempt("", "exec", "-n", name, pod, "-c", container, "--", "/bin/sh", "-c", script);
    }

    /** kubectl in the release's namespace. */
    String kubectl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("-n", name));
        all.addAll(Arrays.asList(arguments));
        return cluster.kubectl().run(all.toArray(String[]::new));
    }

    private JsonNode list(String kind) {
        try {
            return JSON.readTree(kubectl("get", kind, "-l", "app.kubernetes.io/instance=" + name, "-o", "json"));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** What a person would look at first where something went wrong. */
    String story() {
        var story = new StringBuilder();
        String pods = "app.kubernetes.io/instance=" + name;
        for (String look : List.of(
                "get pods,services,endpointslices,dataplanes,leases -o wide",
                "get events --sort-by=.lastTimestamp",
                "get dataplanes -o yaml",
                "logs -l " + pods + " -c operator --tail=120 --prefix --timestamps",
                "logs -l " + pods + " -c dataplane --tail=60 --prefix --timestamps",
                "logs -l " + pods + " -c dataplane --tail=60 --prefix --timestamps --previous")) {
            story.append(cluster.look(("-n " + name + " " + look).split(" ", -1)));
        }
        return story.toString();
    }
}
