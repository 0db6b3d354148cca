package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.RouteFilterSpec.Method;
import dev.moorgate.operator.crd.policy.PolicyTarget;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which objects and requests a StickyPolicy is about. */
public final class StickyScope {
    private StickyScope() {}

    /** An object of the policy's own namespace, or one rule or port of it (GEP-713 LocalPolicyTargetReferenceWithSectionName). */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.GROUP_CEL, message = StickyRules.GROUP)
    public record TargetRef(
            @Size(max = 253)
            @JsonPropertyDescription("API group of the kind. Absent: the one that the kind belongs to.")
            @Nullable
            String group,

            @Required @JsonPropertyDescription("Kind of the object.")
            Kind kind,

            @Required
            @Size(min = 1, max = 253)
            @Pattern(Patterns.OBJECT_NAME)
            @JsonPropertyDescription("Name of the object.")
            String name,

            @Size(min = 1, max = 253)
            @JsonPropertyDescription(
                    "Part of the object: the name of a route's rule, or the name or number of a Service's port. Absent: all of it.")
            @Nullable
            String sectionName)
            implements PolicyTarget {

        /** The kinds that a policy may target. */
        public enum Kind implements PolicyTarget.Kind {
            @JsonProperty("Service")
            SERVICE(PolicyTarget.Name.SERVICE),
            @JsonProperty("XBackend")
            X_BACKEND(PolicyTarget.Name.X_BACKEND),
            @JsonProperty("HTTPRoute")
            HTTP_ROUTE(PolicyTarget.Name.HTTP_ROUTE),
            @JsonProperty("GRPCRoute")
            GRPC_ROUTE(PolicyTarget.Name.GRPC_ROUTE),
            @JsonProperty("Ingress")
            INGRESS(PolicyTarget.Name.INGRESS);

            private final PolicyTarget.Name kind;

            Kind(PolicyTarget.Name kind) {
                this.kind = kind;
            }

            @Override
            public PolicyTarget.Name kind() {
                return kind;
            }
        }
    }

    /** Requests that begin no sticky session: both parts must hold, an absent one demands nothing. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.SKIP_CEL, message = StickyRules.SKIP)
    public record Skip(
            @JsonPropertyDescription("Path of the request.") @Nullable
            Path path,

            @Size(max = 9) @JsonPropertyDescription("Any of these methods. Absent: all.")
            List<Method> methods) {
        public Skip {
            methods = methods == null ? List.of() : List.copyOf(methods);
        }

        /** A match on the path, by the rules of an HTTPRoute's. */
        @JsonInclude(Include.NON_EMPTY)
        @JsonIgnoreProperties(ignoreUnknown = true)
        @ValidationRule(value = StickyRules.SKIP_PATH_CEL, message = StickyRules.SKIP_PATH)
        public record Path(
                @Default("PathPrefix")
                @JsonPropertyDescription(
                        "Exact, by path element (PathPrefix), or an RE2 expression that matches the whole path.")
                PathType type,

                @Required @Size(min = 1, max = 1024) @JsonPropertyDescription("The path, prefix or expression.")
                String value) {
            public Path {
                type = Objects.requireNonNullElse(type, PathType.PATH_PREFIX);
            }
        }

        /** How a path is matched. */
        public enum PathType {
            @JsonProperty("Exact")
            EXACT,
            @JsonProperty("PathPrefix")
            PATH_PREFIX,
            @JsonProperty("RegularExpression")
            REGULAR_EXPRESSION
        }
    }

    /** A cookie of the balancer that was here before: read once, then replaced. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ImportCookie(
            @Required
            @JsonPropertyDescription(
                    "What its value means: ingress-nginx's hash of the endpoint, or nothing that is known (opaque: the value is hashed, so that one old session lands on one endpoint).")
            Type type,

            @Required
            @Size(min = 1, max = 128)
            @Pattern(Patterns.TOKEN)
            @JsonPropertyDescription("Name of the old cookie.")
            String name,

            @Size(max = 40)
            @Pattern(Patterns.DATE_TIME)
            @JsonPropertyDescription("When reading it ends (such as 2027-01-31T00:00:00Z). Absent: never.")
            @Nullable
            String until) {

        /** What the value of an old cookie means. */
        public enum Type {
            @JsonProperty("ingress-nginx")
            INGRESS_NGINX,
            @JsonProperty("opaque")
            OPAQUE
        }
    }
}
