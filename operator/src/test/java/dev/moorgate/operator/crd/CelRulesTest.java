package dev.moorgate.operator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the rules of the generated schemas as an API server would: defaults first, then every rule on every value it
 * stands on (fault I14). */
class CelRulesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Cel CEL = CelFactory.standardCelBuilder()
            .addVar("self", SimpleType.DYN)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addCompilerLibraries(CelExtensions.strings())
            .addRuntimeLibraries(CelExtensions.strings())
            .build();
    private static final Map<String, JSONSchemaProps> SCHEMAS = schemas();

    static Stream<Example> examples() {
        return Example.all("rules.yaml");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theApiServerSaysTheSameAsCrdRules(Example example) throws Exception {
        Map<String, Object> tree = withDefaults(example);

        List<String> found = new ArrayList<>();
        evaluate(SCHEMAS.get(example.kind()), tree, found);

        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(example.violations().stream()
                        .map(violation -> violation.substring(violation.indexOf(": ") + 2))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theTypesHaveTheDefaultsOfTheSchema(Example example) {
        assertThat(Example.read(withDefaults(example))).isEqualTo(example.object());
    }

    private static Map<String, JSONSchemaProps> schemas() {
        KubernetesSerialization yaml = new KubernetesSerialization();
        return CrdFiles.generate().values().stream()
                .map(text -> yaml.unmarshal(text, CustomResourceDefinition.class))
                .collect(Collectors.toMap(
                        crd -> crd.getSpec().getNames().getKind(),
                        crd -> crd.getSpec()
                                .getVersions()
                                .getFirst()
                                .getSchema()
                                .getOpenAPIV3Schema(),
                        (first, second) -> first,
                        TreeMap::new));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> withDefaults(Example example) {
        return (Map<String, Object>) defaulted(SCHEMAS.get(example.kind()), example.tree());
    }

    /** A copy with the defaults of the schema and, as CEL wants them, only long and double numbers. */
    private static Object defaulted(JSONSchemaProps schema, Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((name, member) -> {
                    JSONSchemaProps property = schema.getProperties().get(name);
                    copy.put((String) name, property == null ? member : defaulted(property, member));
                });
                schema.getProperties().forEach((name, property) -> {
                    if (property.getDefault() != null) {
                        copy.putIfAbsent(name, plain(property.getDefault()));
                    }
                });
                yield copy;
            }
            case List<?> list ->
                list.stream()
                        .map(item -> defaulted(schema.getItems().getSchema(), item))
                        .toList();
            case Integer number -> number.longValue();
            default -> value;
        };
    }

    private static Object plain(JsonNode node) {
        Object value = JSON.convertValue(node, Object.class);
        return value instanceof Integer number ? (Object) number.longValue() : value;
    }

    private static void evaluate(JSONSchemaProps schema, Object value, List<String> found)
            throws CelValidationException, CelEvaluationException {
        for (ValidationRule rule : schema.getXKubernetesValidations()) {
            Object holds =
                    CEL.createProgram(CEL.compile(rule.getRule()).getAst()).eval(Map.of("self", value));
            if (!Boolean.TRUE.equals(holds)) {
                found.add(rule.getMessage());
            }
        }
        if (value instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> member : map.entrySet()) {
                JSONSchemaProps property = schema.getProperties().get(member.getKey());
                if (property != null) {
                    evaluate(property, member.getValue(), found);
                }
            }
        } else if (value instanceof List<?> list) {
            for (Object item : list) {
                evaluate(schema.getItems().getSchema(), item, found);
            }
        }
    }
}
