package dev.moorgate.operator.compile;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.moorgate.operator.compile.CompileSettings.KeyOutlook;
import dev.moorgate.operator.compile.CompileSettings.OwnKeys;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.crd.CrdShape;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.SourceRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The input of a golden case: {@code in.yaml}, Kubernetes manifests after a sentence that says what the case shows.
 *
 * <p>{@code ${file}} stands for a file of {@code golden-tls}. A document of kind {@code Settings} changes what the compile is told
 * beside the manifests: {@code addresses} (of every Gateway and of Ingress; 192.0.2.1 unless set), {@code unavailablePorts}, {@code
 * oneSocket} (every port of every Gateway is bound there), {@code sealedSecrets}, {@code masterKeys} (false: none), {@code
 * endpointAddresses} (ROUTABLE unless ANY), {@code ownPods} (addresses of our own pods, whose ports 9900 and 9901 are private), {@code ingressAlwaysBound} (false unless set) and {@code now}. Gateways are bound to their ports + 10000, the next Gateway to its ports + 11000, and so on;
 * Ingress to its ports + 8000.
 */
final class GoldenCase {
    static final Instant NOW = Instant.parse("2027-06-01T00:00:00Z");
    static final KeyRing KEYS = new KeyRing(
            "master",
            List.of(new KeyRing.SessionKey("k1", new Redacted("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))));

    /** A class of ours and its Gateway {@code shop/edge} with one listener, for tests that write their own manifests behind it. */
    static final String GATEWAY = """
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
            """;

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern FILE = Pattern.compile("\\$\\{([-a-z0-9.]+)}");

    private final List<GenericKubernetesResource> objects = new ArrayList<>();
    private JsonNode settings = YAML.createObjectNode();

    /** The folders of all cases, in the order of their names. */
    static List<Path> folders() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of("src/test/resources/golden"))) {
            return folders.sorted().toList();
        }
    }

    static GoldenCase read(Path in) {
        try {
            return parse(Files.readString(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GoldenCase parse(String text) throws IOException {
        GoldenCase read = new GoldenCase();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(withFiles(text))) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                if (document.path("kind").asText().equals("Settings")) {
                    read.settings = document;
                } else if (!document.isMissingNode() && !document.isNull()) {
                    read.objects.add(YAML.convertValue(document, GenericKubernetesResource.class));
                }
            }
        }
        return read;
    }

    private static String withFiles(String text) throws IOException {
        Matcher files = FILE.matcher(text);
        StringBuilder whole = new StringBuilder();
        while (files.find()) {
            String content = Files.readString(Path.of("src/test/resources/golden-tls", files.group(1)));
            files.appendReplacement(whole, Matcher.quoteReplacement(YAML_STRING.writeValueAsString(content)));
        }
        return files.appendTail(whole).toString();
    }

    private static final ObjectMapper YAML_STRING = new ObjectMapper();

    /** The objects in the order of the file. */
    List<GenericKubernetesResource> objects() {
        return List.copyOf(objects);
    }

    /** The object with one value of its spec, at any depth, lost, emptied or of another type. */
    static GenericKubernetesResource damaged(GenericKubernetesResource object, Random random) {
        JsonNode tree = YAML.valueToTree(object);
        List<Runnable> places = new ArrayList<>();
        collect(tree.path("spec"), random, places);
        if (!places.isEmpty()) {
            places.get(random.nextInt(places.size())).run();
        }
        return YAML.convertValue(tree, GenericKubernetesResource.class);
    }

    /** What the schema of one of our kinds says of it; nothing for other kinds. */
    static List<Violation> shapeViolations(GenericKubernetesResource object) {
        Map<String, Object> tree = YAML.convertValue(object, new TypeReference<>() {});
        return CrdShape.check(tree);
    }

    private static void collect(JsonNode node, Random random, List<Runnable> places) {
        if (node instanceof ObjectNode map) {
            List<String> names = new ArrayList<>();
            map.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                places.add(() -> map.set(name, instead(random)));
                collect(map.get(name), random, places);
            }
        } else if (node instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                int at = i;
                places.add(() -> list.set(at, instead(random)));
                collect(list.get(i), random, places);
            }
        }
    }

    private static JsonNode instead(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> NullNode.getInstance();
            case 1 -> TextNode.valueOf("");
            case 2 -> TextNode.valueOf("\r\n\u0000%%{{$");
            case 3 -> IntNode.valueOf(-1);
            case 4 -> YAML.createObjectNode();
            default -> YAML.createArrayNode();
        };
    }

    /** What a new compiler makes of it. */
    Compilation compile() {
        return compile(objects);
    }

    /** What a new compiler makes of these objects under its settings. */
    Compilation compile(List<? extends HasMetadata> ordered) {
        ClusterSnapshot snapshot = snapshot(ordered);
        return new RouteTableCompiler().compile(snapshot, settings(snapshot));
    }

    ClusterSnapshot snapshot(List<? extends HasMetadata> ordered) {
        SnapshotBuilder builder = ClusterSnapshot.builder().addAll(ordered);
        for (JsonNode sealed : settings.path("sealedSecrets")) {
            String[] name = sealed.asText().split("/", -1);
            builder.sealSecret(name[0], name[1]);
        }
        return builder.build();
    }

    CompileSettings settings(ClusterSnapshot snapshot) {
        List<String> addresses = new ArrayList<>();
        settings.path("addresses").forEach(address -> addresses.add(address.asText()));
        if (!settings.has("addresses")) {
            addresses.add("192.0.2.1");
        }
        Instant now = settings.has("now") ? Instant.parse(settings.get("now").asText()) : NOW;
        CompileSettings standard = CompileSettings.standard(ports(snapshot), owner -> addresses, now)
                .withEndpointAddresses(endpointAddresses());
        if (settings.has("dataPlane")) {
            String[] own = settings.get("dataPlane").asText().split("/", -1);
            standard = standard.withDataPlane(new ObjectName(own[0], own[1]));
        }
        if (settings.has("ownKeys")) {
            standard = standard.withOwnKeys(ownKeys())
                    .withKeyOutlook(new KeyOutlook(Optional.of(now.plusSeconds(86_400)), Optional.empty()));
        }
        return settings.path("masterKeys").asBoolean(true) ? standard.withMasterKeys(KEYS) : standard;
    }

    private EndpointAddresses endpointAddresses() {
        List<String> pods = new ArrayList<>();
        settings.path("ownPods").forEach(pod -> pods.add(pod.asText()));
        return settings.path("endpointAddresses").asText("ROUTABLE").equals("ANY")
                ? EndpointAddresses.any()
                : EndpointAddresses.besides(pods, Set.of(9900, 9901));
    }

    /** Rings of policies by owner: the ids of their keys, and of one that waits. */
    private SortedMap<String, OwnKeys> ownKeys() {
        SortedMap<String, OwnKeys> all = new TreeMap<>();
        settings.get("ownKeys").properties().forEach(entry -> {
            List<KeyRing.SessionKey> keys = new ArrayList<>();
            Redacted secret = KEYS.keys().getFirst().secret();
            entry.getValue().get("keys").forEach(kid -> keys.add(new KeyRing.SessionKey(kid.asText(), secret)));
            Optional<String> pending =
                    Optional.ofNullable(entry.getValue().get("pending")).map(JsonNode::asText);
            pending.ifPresent(kid -> keys.add(new KeyRing.SessionKey(kid, secret)));
            all.put(
                    entry.getKey(),
                    new OwnKeys(
                            new KeyRing("moorgate/" + entry.getKey(), keys),
                            new KeyOutlook(
                                    pending.isPresent()
                                            ? Optional.empty()
                                            : Optional.of(Instant.parse("2027-01-01T00:00:00Z")),
                                    pending)));
        });
        return all;
    }

    private ListenerPorts ports(ClusterSnapshot snapshot) {
        List<SourceRef> gateways = snapshot.gateways().stream()
                .map(gateway -> SourceRef.of(
                        "Gateway",
                        gateway.getMetadata().getNamespace(),
                        gateway.getMetadata().getName()))
                .toList();
        Set<Integer> unavailable = new HashSet<>();
        settings.path("unavailablePorts").forEach(port -> unavailable.add(port.asInt()));
        return new ListenerPorts() {
            @Override
            public Optional<BindPoint> find(SourceRef owner, int port) {
                if (unavailable.contains(port)) {
                    return Optional.empty();
                }
                int first = settings.has("oneSocket")
                        ? settings.get("oneSocket").asInt() - port
                        : owner.equals(INGRESS) ? 8000 : 10000 + 1000 * gateways.indexOf(owner);
                return Optional.of(new BindPoint("", first + port, port));
            }

            @Override
            public boolean isIngressAlwaysBound() {
                return settings.path("ingressAlwaysBound").asBoolean(false);
            }
        };
    }
}
