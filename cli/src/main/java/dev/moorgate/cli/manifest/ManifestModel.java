package dev.moorgate.cli.manifest;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns trees into Kubernetes objects without looking at Jackson's annotations, which costs a quarter of a start: the model's
 * setters have the names of its fields, and a test compares what is read with what the annotations say. A manifest's status tells
 * what a cluster once thought of it, and is not read.
 */
final class ManifestModel {
    static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(
                    MapperFeature.USE_ANNOTATIONS,
                    MapperFeature.AUTO_DETECT_GETTERS,
                    MapperFeature.AUTO_DETECT_IS_GETTERS,
                    MapperFeature.USE_GETTERS_AS_SETTERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .addModule(new SimpleModule()
                    .setDeserializerModifier(new Fields())
                    .addDeserializer(IntOrString.class, new IntOrText()))
            .build();

    /** What an object has besides its fields, and what only a cluster writes. */
    private static final Set<String> NOT_OF_OBJECTS = Set.of(
            "status",
            "finalizers",
            "deprecated",
            "deprecationWarning",
            "plural",
            "scope",
            "served",
            "singular",
            "storage");

    private static final Set<String> NOT_OF_METADATA = Set.of("managedFields", "ownerReferences");

    private ManifestModel() {}

    /** Leaves out what is no field of a manifest. */
    private static final class Fields extends BeanDeserializerModifier {
        private static final long serialVersionUID = 1;

        @Override
        public List<BeanPropertyDefinition> updateProperties(
                DeserializationConfig config, BeanDescription bean, List<BeanPropertyDefinition> found) {
            boolean isObject = HasMetadata.class.isAssignableFrom(bean.getBeanClass());
            boolean isMetadata = bean.getBeanClass() == ObjectMeta.class;
            return found.stream()
                    .filter(property -> !property.getName().equals("additionalProperties"))
                    .filter(property -> !isObject || !NOT_OF_OBJECTS.contains(property.getName()))
                    .filter(property -> !isMetadata || !NOT_OF_METADATA.contains(property.getName()))
                    .toList();
        }

        @Override
        public JsonDeserializer<?> modifyEnumDeserializer(
                DeserializationConfig config, JavaType type, BeanDescription bean, JsonDeserializer<?> standard) {
            return new Words(type.getRawClass());
        }
    }

    /** Constants by the words that users write. */
    private static final class Words extends StdDeserializer<Object> {
        private static final long serialVersionUID = 1;
        private final transient Map<String, Object> words = new HashMap<>();

        Words(Class<?> type) {
            super(type);
            for (Field field : type.getFields()) {
                if (field.isEnumConstant()) {
                    JsonProperty property = field.getAnnotation(JsonProperty.class);
                    words.put(property == null ? field.getName() : property.value(), constant(field));
                }
            }
        }

        private static Object constant(Field field) {
            try {
                return field.get(null);
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("no public constant: " + field, e);
            }
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String word = parser.getText();
            Object constant = words.get(word);
            return constant != null
                    ? constant
                    : context.handleWeirdStringValue(handledType(), word, "none of %s", words.keySet());
        }
    }

    /** A port by number or by name. */
    private static final class IntOrText extends StdDeserializer<IntOrString> {
        private static final long serialVersionUID = 1;

        IntOrText() {
            super(IntOrString.class);
        }

        @Override
        public @Nullable IntOrString deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return new IntOrString(context.readValue(parser, Object.class));
        }
    }
}
