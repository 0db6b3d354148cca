package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A status is changed where it is ours and differs, and is left alone otherwise (fault I12). */
class StatusMergeTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OURS = "moorgate.dev/gateway-controller";
    private static final String NOW = "2026-11-22T21:00:00Z";

    @Test
    void nothingIsPatchedWhereNothingDiffers() {
        ObjectNode wanted = tree("{'parents': [" + entry("web", OURS, condition("Accepted", "True", 3)) + "]}");
        ObjectNode existing =
                tree("{'parents': [" + entry("web", OURS, timed("Accepted", "True", 3, "2026-01-01T00:00:00Z")) + "]}");

        assertThat(patch(existing, wanted)).isEmpty();
    }

    @Test
    void theApiServersDefaultsInAParentRefAreNoDifference() {
        ObjectNode wanted = tree(
                "{'parents': [{'parentRef': {'name': 'web'}, 'controllerName': '" + OURS + "', 'conditions': []}]}");
        ObjectNode existing =
                tree("{'parents': [{'parentRef': {'group': 'gateway.networking.k8s.io', 'kind': 'Gateway',"
                        + " 'name': 'web'}, 'controllerName': '" + OURS + "', 'conditions': []}]}");

        assertThat(patch(existing, wanted)).isEmpty();
    }

    @Test
    void entriesAndConditionsOfOthersStayWhereTheyAre() {
        String foreign = entry("web", "example.com/other", condition("Accepted", "False", 1));
        ObjectNode existing = tree("{'parents': [" + foreign + ", "
                + entry(
                        "web",
                        OURS,
                        timed("Accepted", "True", 1, "2026-01-01T00:00:00Z") + ", "
                                + condition("example.com/Audited", "True", 1))
                + "]}");
        ObjectNode wanted = tree("{'parents': [" + entry("web", OURS, condition("Accepted", "True", 2)) + ", "
                + entry("api", OURS, condition("Accepted", "True", 2)) + "]}");

        JsonNode parents = patch(existing, wanted).orElseThrow().path("parents");

        assertThat(parents).hasSize(3);
        assertThat(parents.get(0)).isEqualTo(tree(foreign));
        assertThat(parents.get(1)
                        .path("conditions")
                        .get(0)
                        .path("lastTransitionTime")
                        .asText())
                .isEqualTo("2026-01-01T00:00:00Z");
        assertThat(parents.get(1)
                        .path("conditions")
                        .get(0)
                        .path("observedGeneration")
                        .asInt())
                .isEqualTo(2);
        assertThat(parents.get(1).path("conditions").get(1).path("type").asText())
                .isEqualTo("example.com/Audited");
        assertThat(parents.get(2).path("parentRef").path("name").asText()).isEqualTo("api");
    }

    @Test
    void aConditionWhoseStatusTurnsGetsANewTime() {
        ObjectNode existing = tree("{'conditions': [" + timed("Accepted", "True", 1, "2026-01-01T00:00:00Z") + "]}");
        ObjectNode wanted = tree("{'conditions': [" + condition("Accepted", "False", 2) + "]}");

        assertThat(merge(ref -> true)
                        .patch(StatusKind.GATEWAY_CLASS, "", existing, wanted)
                        .orElseThrow()
                        .path("conditions")
                        .get(0)
                        .path("lastTransitionTime")
                        .asText())
                .isEqualTo(NOW);
    }

    @Test
    void aConditionOfAGreaterGenerationIsNotOverwritten() {
        ObjectNode existing = tree("{'conditions': [" + timed("Accepted", "False", 9, "2026-01-01T00:00:00Z") + "]}");
        ObjectNode wanted = tree("{'conditions': [" + condition("Accepted", "True", 8) + "]}");

        assertThat(merge(ref -> true).patch(StatusKind.GATEWAY_CLASS, "", existing, wanted))
                .isEmpty();
    }

    @Test
    void propagatedIsLatchedForItsGeneration() {
        ObjectNode existing = tree("{'parents': ["
                + entry(
                        "web",
                        OURS,
                        timed("Accepted", "True", 3, NOW) + ", " + timed("moorgate.dev/Propagated", "True", 3, NOW))
                + "]}");
        ObjectNode same = tree("{'parents': ["
                + entry(
                        "web",
                        OURS,
                        condition("Accepted", "True", 3) + ", " + condition("moorgate.dev/Propagated", "False", 3))
                + "]}");
        ObjectNode next = tree("{'parents': ["
                + entry(
                        "web",
                        OURS,
                        condition("Accepted", "True", 4) + ", " + condition("moorgate.dev/Propagated", "False", 4))
                + "]}");

        assertThat(patch(existing, same)).isEmpty();
        assertThat(patch(existing, next).orElseThrow().toString())
                .contains("'moorgate.dev/Propagated','status':'False'".replace('\'', '"'));
    }

    @Test
    void anEntryOfOursIsRemovedOnlyWhereItsParentIsOursOrGone() {
        ObjectNode existing = tree("{'parents': [" + entry("old", OURS, condition("Accepted", "True", 1)) + ", "
                + entry("anothers", OURS, condition("Accepted", "True", 1)) + ", "
                + entry("old", "example.com/other", condition("Accepted", "True", 1)) + "]}");

        Optional<ObjectNode> patch =
                merge(ref -> ref.name().equals("old")).cleaning(StatusKind.HTTP_ROUTE, "shop", existing, Set.of());

        assertThat(patch.orElseThrow().path("parents"))
                .extracting(entry -> entry.path("parentRef").path("name").asText() + " "
                        + entry.path("controllerName").asText())
                .containsExactly("anothers " + OURS, "old example.com/other");
        assertThat(merge(ref -> false).cleaning(StatusKind.HTTP_ROUTE, "shop", existing, Set.of()))
                .isEmpty();
    }

    @Test
    void moreEntriesThanTheApiServerTakesAreLeftOutAndNeverThoseOfOthers() {
        StringBuilder foreign = new StringBuilder();
        for (int i = 0; i < 15; i++) {
            foreign.append(entry("g" + i, "example.com/other", condition("Accepted", "True", 1)))
                    .append(',');
        }
        String others = "{'ancestors': ["
                + foreign.substring(0, foreign.length() - 1).replace("parentRef", "ancestorRef") + "]}";
        ObjectNode wanted = tree(("{'ancestors': [" + entry("a", OURS, condition("Accepted", "True", 1)) + ","
                        + entry("b", OURS, condition("Accepted", "True", 1)) + "]}")
                .replace("parentRef", "ancestorRef"));

        JsonNode merged = merge(ref -> true)
                .patch(StatusKind.BACKEND_TLS_POLICY, "shop", tree(others), wanted)
                .orElseThrow()
                .path("ancestors");

        assertThat(merged).hasSize(16);
        assertThat(merged.get(15).path("controllerName").asText()).isEqualTo(OURS);
    }

    @Test
    void hostileStatusesAreReadWithoutHarm() {
        ObjectNode wanted = tree("{'parents': [" + entry("web", OURS, condition("Accepted", "True", 1)) + "]}");
        for (String hostile : new String[] {
            "{}",
            "{'parents': null}",
            "{'parents': 'text'}",
            "{'parents': [null, 7, [], {}]}",
            "{'parents': [{'controllerName': '" + OURS + "'}]}",
            "{'parents': [{'controllerName': '" + OURS + "', 'parentRef': [], 'conditions': {'a': 1}}]}"
        }) {
            assertThat(patch(tree(hostile), wanted)
                            .orElseThrow()
                            .path("parents")
                            .toString())
                    .as(hostile)
                    .contains("\"name\":\"web\"");
        }
    }

    @Test
    void anIngressThatIsNotOursAnyMoreLosesOurAddressesOnly() {
        ObjectNode existing = tree("{'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}, {'hostname': 'lb.example'}]}}");

        assertThat(merge(ref -> true).cleaning(StatusKind.INGRESS, "shop", existing, Set.of("10.0.0.1")))
                .contains(tree("{'loadBalancer': {'ingress': [{'hostname': 'lb.example'}]}}"));
        assertThat(merge(ref -> true).cleaning(StatusKind.INGRESS, "shop", existing, Set.of("10.0.0.9")))
                .isEmpty();
    }

    private static Optional<ObjectNode> patch(ObjectNode existing, ObjectNode wanted) {
        return merge(ref -> true).patch(StatusKind.HTTP_ROUTE, "shop", existing, wanted);
    }

    private static StatusMerge merge(Predicate<EntryMerge.Ref> isOursOrGone) {
        return new StatusMerge(OURS, NOW, isOursOrGone);
    }

    private static String entry(String parent, String controller, String conditions) {
        return "{'parentRef': {'name': '" + parent + "'}, 'controllerName': '" + controller + "', 'conditions': ["
                + conditions + "]}";
    }

    private static String condition(String type, String status, int generation) {
        return "{'type': '" + type + "', 'status': '" + status
                + "', 'reason': 'R', 'message': '', 'observedGeneration': " + generation + "}";
    }

    private static String timed(String type, String status, int generation, String since) {
        String plain = condition(type, status, generation);
        return plain.substring(0, plain.length() - 1) + ", 'lastTransitionTime': '" + since + "'}";
    }

    private static ObjectNode tree(String text) {
        try {
            return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
