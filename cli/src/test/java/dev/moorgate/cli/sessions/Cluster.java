package dev.moorgate.cli.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A Service and its canary behind one HTTPRoute with one StickyPolicy, as manifests; the operator's compiler makes tables of them.
 * One thread.
 */
final class Cluster {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Instant BEGIN = Instant.parse("2026-11-22T12:00:00Z");

    private final RouteTableCompiler compiler = new RouteTableCompiler();
    private final List<String> zones;
    private final int absoluteTimeoutHours;
    private final String rules;
    private final List<Pod> pods = new ArrayList<>();
    private final List<String> kids = new ArrayList<>(List.of("k1"));
    private Instant now = BEGIN;
    private int made;
    private int stableWeight = 1;
    private int canaryWeight;
    private String status = "{}";
    private Optional<RouteTable> table = Optional.empty();

    /** A pod; there are {@code made} of them before it. */
    private record Pod(int number, String service, String zone, boolean draining) {
        String endpoint() {
            return "{addresses: [10.0.%d.%d], zone: %s, conditions: {ready: %b, serving: true, terminating: %b},"
                            .formatted(number / 250, number % 250 + 1, zone, !draining, draining)
                    + " targetRef: {kind: Pod, name: %s-%d, uid: u%d}}".formatted(service, number, number);
        }
    }

    /**
     * With its first pods.
     *
     * @param rules further fields of the policy's spec, in YAML
     */
    Cluster(Script script, String rules) {
        this.zones = script.zones();
        this.absoluteTimeoutHours = script.absoluteTimeoutHours();
        this.rules = rules;
        add("stable", script.pods());
    }

    Instant now() {
        return now;
    }

    /** Does one action of a script. */
    void act(String action) {
        String[] words = action.split(" ", -1);
        switch (words[0]) {
            case "wait", "restart" -> {}
            case "hours" -> pass(Integer.parseInt(words[1]) * 3_600L);
            case "add" -> add("stable", Integer.parseInt(words[1]));
            case "canary" -> add("canary", Integer.parseInt(words[1]));
            case "drain" -> drain(Integer.parseInt(words[1]));
            case "remove" -> pods.removeIf(Pod::draining);
            case "lose" -> pods.removeIf(pod -> pod.zone().equals(words[1]));
            case "weights" -> {
                stableWeight = Integer.parseInt(words[1]);
                canaryWeight = Integer.parseInt(words[2]);
                table = Optional.empty();
            }
            case "key" -> key(words[1]);
            default -> throw new IllegalArgumentException("no such action: " + action);
        }
    }

    /** The policy's status is this now, in JSON. */
    void tell(String json) {
        status = json;
        table = Optional.empty();
    }

    void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }

    private void add(String service, int count) {
        for (int i = 0; i < count; i++) {
            pods.add(new Pod(made, service, zones.get(made % zones.size()), false));
            made++;
        }
    }

    /** The oldest go first. */
    private void drain(int count) {
        int left = count;
        for (int i = 0; i < pods.size() && left > 0; i++) {
            Pod pod = pods.get(i);
            if (!pod.draining() && pod.service().equals("stable")) {
                pods.set(i, new Pod(pod.number(), pod.service(), pod.zone(), true));
                left--;
            }
        }
    }

    /** As the release does it: a new key verifies first, then signs; the old one goes at last. */
    private void key(String action) {
        switch (action) {
            case "add" -> kids.add("k" + (kids.size() + 1));
            case "sign" -> Collections.reverse(kids);
            case "drop" -> kids.removeLast();
            default -> throw new IllegalArgumentException("no such change of keys: " + action);
        }
        table = Optional.empty();
    }

    /** What the replicas are given now. Where only pods changed, the operator compiles no routes. */
    Tables tables() throws IOException {
        ClusterSnapshot snapshot = snapshot();
        CompileSettings settings = CompileSettings.standard(
                        (owner, port) -> Optional.of(new BindPoint("0.0.0.0", 10_000, port)),
                        owner -> List.of("192.0.2.1"),
                        now)
                .withMasterKeys(keys());
        if (table.isPresent()) {
            return new Tables(table.get(), compiler.endpoints(snapshot, settings.endpointAddresses(), table.get()));
        }
        Compilation compiled = compiler.compile(snapshot, settings);
        table = Optional.of(compiled.table());
        return new Tables(compiled.table(), compiled.endpoints());
    }

    /** What a replica installs. */
    record Tables(RouteTable table, EndpointTable endpoints) {}

    private ClusterSnapshot snapshot() throws IOException {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(manifests())) {
            while (documents.hasNext()) {
                builder.add(YAML.convertValue(documents.next(), GenericKubernetesResource.class));
            }
        }
        return builder.build();
    }

    private String manifests() {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: GatewayClass
                metadata: {name: moorgate}
                spec: {controllerName: moorgate.dev/gateway-controller}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: shop, name: edge}
                spec:
                  gatewayClassName: moorgate
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {namespace: shop, name: shop}
                spec:
                  parentRefs: [{name: edge}]
                  rules:
                    - backendRefs: [{name: stable, port: 80, weight: %d}, {name: canary, port: 80, weight: %d}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: stable}
                spec: {ports: [{name: http, port: 80}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: canary}
                spec: {ports: [{name: http, port: 80}]}
                ---
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {namespace: shop, name: shop, uid: 5e551045}
                spec:
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                  cookie: {name: sid}
                  trafficSplit: StickToBackend
                  absoluteTimeout: %dh
                %sstatus: %s
                """.formatted(stableWeight, canaryWeight, absoluteTimeoutHours, rules.indent(2), status)
                + slice("stable")
                + slice("canary");
    }

    private String slice(String service) {
        var slice = new StringBuilder("""
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: shop, name: %1$s-x, labels: {kubernetes.io/service-name: %1$s}}
                addressType: IPv4
                ports: [{name: http, port: 8080}]
                endpoints:
                """.formatted(service));
        pods.stream()
                .filter(pod -> pod.service().equals(service))
                .forEach(pod -> slice.append("  - ").append(pod.endpoint()).append('\n'));
        return slice.toString();
    }

    private KeyRing keys() {
        List<SessionKey> keys = new ArrayList<>();
        for (String kid : kids) {
            byte[] secret = new byte[32];
            new Random(kid.hashCode()).nextBytes(secret);
            keys.add(new SessionKey(kid, new Redacted(Base64.getEncoder().encodeToString(secret))));
        }
        return new KeyRing("moorgate", keys);
    }
}
