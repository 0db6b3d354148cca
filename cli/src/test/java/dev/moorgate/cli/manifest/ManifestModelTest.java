package dev.moorgate.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.DefaultDeserializationContext;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ManifestModelTest {
    private static final ObjectMapper ANNOTATED =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    @Test
    void everyTypeIsReadAsItsAnnotationsSay() throws IOException {
        Deque<JavaType> waiting = new ArrayDeque<>();
        ManifestKinds.types().forEach(type -> waiting.add(ANNOTATED.constructType(type)));
        Set<JavaType> seen = new HashSet<>();
        List<String> differences = new ArrayList<>();
        while (!waiting.isEmpty()) {
            JavaType type = waiting.poll();
            if (type.isContainerType()) {
                waiting.add(type.getContentType());
            } else if (isOfTheModel(type) && seen.add(type)) {
                Map<String, SettableBeanProperty> wanted = properties(ANNOTATED, type);
                leftOut(type).forEach(wanted::remove);
                String expected = describe(ANNOTATED, type, wanted);
                String actual = describe(ManifestModel.MAPPER, type, properties(ManifestModel.MAPPER, type));
                if (!expected.equals(actual)) {
                    differences.add(type + ": wanted " + expected + ", but is " + actual);
                }
                wanted.values().forEach(property -> waiting.add(property.getType()));
            }
        }

        assertThat(differences).isEmpty();
        assertThat(seen).hasSizeGreaterThan(80);
    }

    @Test
    void aPortIsANumberOrAName() throws IOException {
        Service service = ManifestModel.MAPPER.readValue(
                "{\"spec\": {\"ports\": [{\"targetPort\": \"web\"}, {\"targetPort\": 8080}]}}", Service.class);

        assertThat(service.getSpec().getPorts())
                .extracting(port -> port.getTargetPort().getValue())
                .containsExactly("web", 8080);
    }

    private static boolean isOfTheModel(JavaType type) {
        return !type.isPrimitive()
                && !type.isEnumType()
                && !type.getRawClass().getName().startsWith("java.")
                && type.getRawClass() != IntOrString.class;
    }

    private static Set<String> leftOut(JavaType type) {
        if (HasMetadata.class.isAssignableFrom(type.getRawClass())) {
            return Set.of("status");
        }
        return type.getRawClass() == ObjectMeta.class ? Set.of("managedFields", "ownerReferences") : Set.of();
    }

    private static String describe(ObjectMapper mapper, JavaType type, Map<String, SettableBeanProperty> properties)
            throws IOException {
        var text = new StringBuilder();
        if (deserializer(mapper, type) instanceof BeanDeserializerBase bean) {
            var makes = bean.getValueInstantiator();
            text.append(makes.canCreateUsingDefault()).append(makes.canCreateUsingDelegate());
            text.append(makes.canCreateFromObjectWith()).append(makes.canCreateFromString());
        }
        properties.forEach(
                (name, property) -> text.append(' ').append(name).append(':').append(property.getType()));
        return text.toString();
    }

    private static Map<String, SettableBeanProperty> properties(ObjectMapper mapper, JavaType type) throws IOException {
        var properties = new TreeMap<String, SettableBeanProperty>();
        if (deserializer(mapper, type) instanceof BeanDeserializerBase bean) {
            bean.properties().forEachRemaining(property -> properties.put(property.getName(), property));
            bean.creatorProperties().forEachRemaining(property -> properties.put(property.getName(), property));
        }
        return properties;
    }

    private static JsonDeserializer<Object> deserializer(ObjectMapper mapper, JavaType type) throws IOException {
        try (var parser = mapper.createParser("{}")) {
            return ((DefaultDeserializationContext) mapper.getDeserializationContext())
                    .createInstance(mapper.getDeserializationConfig(), parser, new InjectableValues.Std())
                    .findRootValueDeserializer(type);
        } catch (JsonMappingException e) {
            throw new IOException("no way to read " + type, e);
        }
    }
}
