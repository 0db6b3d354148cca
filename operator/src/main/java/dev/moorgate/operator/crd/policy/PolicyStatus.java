package dev.moorgate.operator.crd.policy;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of a policy. */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PolicyStatus(
        @Size(max = 32) @JsonPropertyDescription("One entry for each target and controller.")
        List<PolicyAncestor> ancestors,

        @JsonPropertyDescription("What is in force after all defaults, by field.")
        Map<String, String> effective) {
    public PolicyStatus {
        ancestors = ancestors == null ? List.of() : List.copyOf(ancestors);
        effective = Collections.unmodifiableSortedMap(effective == null ? new TreeMap<>() : new TreeMap<>(effective));
    }
}
