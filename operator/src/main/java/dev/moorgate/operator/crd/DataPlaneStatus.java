package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.policy.PolicyAncestor;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the proxies of a release run. */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record DataPlaneStatus(
        @JsonPropertyDescription("Generation of the spec that this status is about.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Version of the route table that is compiled.") @Nullable
        String tableVersion,

        @JsonPropertyDescription("Ready replicas that run it.") @Nullable
        Integer ackedReplicas,

        @JsonPropertyDescription("Ready replicas.") @Nullable
        Integer replicas,

        @JsonPropertyDescription("Listeners of the table.") @Nullable
        Integer listeners,

        @JsonPropertyDescription("Routes of the table.") @Nullable
        Integer routes,

        @JsonPropertyDescription("Upstreams of the table.") @Nullable
        Integer upstreams,

        @JsonPropertyDescription("Endpoints of the table.") @Nullable
        Integer endpoints,

        @Size(max = 2)
        @JsonPropertyDescription(
                "Controllers of the classes that the release serves: of GatewayClasses and of IngressClasses.")
        List<String> controllers,

        @Size(max = 8) @JsonPropertyDescription("What became of the spec.")
        List<PolicyAncestor.Condition> conditions) {
    public DataPlaneStatus {
        controllers = controllers == null ? List.of() : List.copyOf(controllers);
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
