package dev.moorgate.operator.crd;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.io.ByteArrayOutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Makes the text of {@code crds/} from the types, by file name. */
final class CrdFiles {
    private static final String HEADER =
            "# Made from the types of dev.moorgate.operator.crd: edit those, then run make crds.\n";

    private CrdFiles() {}

    static SortedMap<String, String> generate() {
        Memory memory = new Memory();
        CRDGenerator generator = new CRDGenerator()
                .withOutput(memory)
                .withParallelGenerationEnabled(false)
                .withPostProcessor(new Finish())
                .customResourceClasses(Crds.KINDS);
        generator.generate();
        SortedMap<String, String> files = new TreeMap<>();
        memory.files.forEach((name, bytes) -> files.put(fileName(name), text(bytes)));
        return files;
    }

    /** {@code stickypolicies.moorgate.dev-v1.yml} becomes {@code stickypolicies.yaml}. */
    private static String fileName(String crd) {
        return crd.substring(0, crd.indexOf('.')) + ".yaml";
    }

    private static String text(ByteArrayOutputStream bytes) {
        String text = bytes.toString(UTF_8);
        return HEADER + text.substring(text.indexOf("apiVersion:"));
    }

    /** Gives a kind the description of its class, for {@code kubectl explain}, and its columns the order of their annotations. */
    private static final class Finish implements CRDPostProcessor {
        @Override
        public HasMetadata process(HasMetadata crd, String crdSpecVersion) {
            CustomResourceDefinition definition = (CustomResourceDefinition) crd;
            String kind = definition.getSpec().getNames().getKind();
            Class<? extends HasMetadata> type = Crds.KINDS.stream()
                    .filter(candidate -> HasMetadata.getKind(candidate).equals(kind))
                    .findFirst()
                    .orElseThrow();
            CustomResourceDefinitionVersion version =
                    definition.getSpec().getVersions().getFirst();
            JSONSchemaProps schema = version.getSchema().getOpenAPIV3Schema();
            schema.setDescription(type.getAnnotation(JsonClassDescription.class).value());
            sayOnce(schema);
            List<String> order = Stream.of(type.getAnnotationsByType(AdditionalPrinterColumn.class))
                    .map(AdditionalPrinterColumn::name)
                    .toList();
            version.getAdditionalPrinterColumns()
                    .sort(Comparator.comparingInt(column -> order.indexOf(column.getName())));
            return definition;
        }

        /** A rule on a record's component is found twice: on its field and on its accessor. */
        private static void sayOnce(JSONSchemaProps schema) {
            schema.setXKubernetesValidations(
                    schema.getXKubernetesValidations().stream().distinct().toList());
            if (schema.getProperties() != null) {
                schema.getProperties().values().forEach(Finish::sayOnce);
            }
            if (schema.getItems() != null) {
                sayOnce(schema.getItems().getSchema());
            }
        }
    }

    /** Files that are not written yet. */
    private static final class Memory implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
        private final SortedMap<String, ByteArrayOutputStream> files = new TreeMap<>();

        @Override
        public ByteArrayOutputStream outputFor(String crdName) {
            return files.computeIfAbsent(crdName, name -> new ByteArrayOutputStream());
        }

        @Override
        public void close() {}
    }
}
