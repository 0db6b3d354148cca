package dev.moorgate.operator.crd.policy;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a policy for one object that it acts on (GEP-713 PolicyAncestorStatus). */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PolicyAncestor(
        @Required @JsonPropertyDescription("The object that the policy acts on.")
        Ref ancestorRef,

        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The controller that wrote this entry.")
        String controllerName,

        @Size(max = 8) @JsonPropertyDescription("What became of it.")
        List<Condition> conditions) {
    public PolicyAncestor {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    /** An object, or a part of it (Gateway API ParentReference). */
    // an empty group is Kubernetes' own, an absent one is Gateway API's
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Ref(
            @JsonPropertyDescription("API group of the kind.") @Nullable
            String group,

            @JsonPropertyDescription("Kind of the object.") @Nullable
            String kind,

            @JsonPropertyDescription("Namespace of the object. Absent: the policy's.") @Nullable
            String namespace,

            @Required @JsonPropertyDescription("Name of the object.")
            String name,

            @JsonPropertyDescription("Part of the object.") @Nullable
            String sectionName,

            @JsonPropertyDescription("Port of the object.") @Nullable
            Integer port) {}

    /** A condition as Kubernetes stores it (meta/v1 Condition). */
    // an empty message is a message: the definition requires one
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Condition(
            @Required @Size(max = 316) @JsonPropertyDescription("What the condition is about.")
            String type,

            @Required @JsonPropertyDescription("Whether it holds.")
            Truth status,

            @Required @Size(min = 1, max = 1024) @JsonPropertyDescription("Why, as one word for machines.")
            String reason,

            @Required @Size(max = 32768) @JsonPropertyDescription("Why, as a sentence for people.")
            String message,

            @Required @JsonPropertyDescription("When status changed last.")
            String lastTransitionTime,

            @Min(0) @JsonPropertyDescription("Generation of the object that this was found on.") @Nullable
            Long observedGeneration) {

        /** Whether a condition holds. */
        public enum Truth {
            @JsonProperty("True")
            TRUE,
            @JsonProperty("False")
            FALSE,
            @JsonProperty("Unknown")
            UNKNOWN
        }
    }
}
