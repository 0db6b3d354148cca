package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a RouteFilter does to the rules that name it.
 *
 * <p>{@code matches} narrow every match of the rule: any one of them must hold in addition to the rule's own match. In the order of
 * precedence the fields they add count like the rule's own (headers and cookies as headers). {@code directResponse} answers instead
 * of the rule's backends; {@code urlRewrite} changes the path on the way to them.
 */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = FilterRules.EMPTY_CEL, message = FilterRules.EMPTY)
@ValidationRule(value = FilterRules.BOTH_CEL, message = FilterRules.BOTH)
public record RouteFilterSpec(
        @Size(max = 16)
        @JsonPropertyDescription(
                "Narrow every match of the rule: any one of these must hold as well. Absent: nothing is narrowed.")
        List<Match> matches,

        @JsonPropertyDescription("Answers here; no backend is asked.") @Nullable
        DirectResponse directResponse,

        @JsonPropertyDescription("Changes the path on the way to the backend.") @Nullable
        UrlRewrite urlRewrite) {
    public RouteFilterSpec {
        matches = matches == null ? List.of() : List.copyOf(matches);
    }

    /** What a request must look like: all parts must hold. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = FilterRules.MATCH_CEL, message = FilterRules.MATCH)
    public record Match(
            @Size(max = 16) @JsonPropertyDescription("Cookies of the request; all must hold. Names are case-sensitive.")
            List<FieldMatch> cookies,

            @Size(max = 16) @JsonPropertyDescription("Headers of the request; all must hold. Names ignore case.")
            List<FieldMatch> headers,

            @Size(max = 16) @JsonPropertyDescription("Query parameters; all must hold. Names are case-sensitive.")
            List<FieldMatch> queryParams,

            @Size(max = 9) @JsonPropertyDescription("Any of these methods.")
            List<Method> methods) {
        public Match {
            cookies = cookies == null ? List.of() : List.copyOf(cookies);
            headers = headers == null ? List.of() : List.copyOf(headers);
            queryParams = queryParams == null ? List.of() : List.copyOf(queryParams);
            methods = methods == null ? List.of() : List.copyOf(methods);
        }
    }

    /** A match on one cookie, header or query parameter. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = FilterRules.VALUE_CEL, message = FilterRules.VALUE)
    public record FieldMatch(
            @Required @Size(min = 1, max = 256) @Pattern(Patterns.TOKEN) @JsonPropertyDescription("Name of the field.")
            String name,

            @Default("Exact")
            @JsonPropertyDescription(
                    "The value equals (Exact), matches as a whole an RE2 expression (RegularExpression), or may be any (Present).")
            MatchType type,

            @Size(max = 4096) @JsonPropertyDescription("The value or expression; none with Present.") @Nullable
            String value) {
        public FieldMatch {
            type = Objects.requireNonNullElse(type, MatchType.EXACT);
        }
    }

    /** How a field is matched. */
    public enum MatchType {
        @JsonProperty("Exact")
        EXACT,
        @JsonProperty("RegularExpression")
        REGULAR_EXPRESSION,
        @JsonProperty("Present")
        PRESENT
    }

    /** A fixed answer. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = FilterRules.BODY_CEL, message = FilterRules.BODY)
    public record DirectResponse(
            @Required @Min(200) @Max(599) @JsonPropertyDescription("Status of the answer.")
            Integer statusCode,

            @Default("text/plain; charset=utf-8")
            @Size(min = 3, max = 256)
            @Pattern(Patterns.MEDIA_TYPE)
            @JsonPropertyDescription("Content-Type of the body.")
            String contentType,

            @Size(max = 4096) @JsonPropertyDescription("Body of the answer. Absent: empty.") @Nullable
            String body) {
        public DirectResponse {
            contentType = Objects.requireNonNullElse(contentType, "text/plain; charset=utf-8");
        }
    }

    /** A change of the URL; the query stays. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record UrlRewrite(
            @Required @JsonPropertyDescription("Change of the path.")
            PathRewrite path) {}

    /** A change of the path. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record PathRewrite(
            @Default("RegexReplace")
            @JsonPropertyDescription("Every part of the path that the pattern finds becomes the substitution.")
            RewriteType type,

            @Required
            @Size(min = 1, max = 1024)
            @JsonPropertyDescription("RE2 expression: no look-around, no back-references, linear time.")
            String pattern,

            @Required
            @Size(max = 1024)
            @JsonPropertyDescription("Replacement; \\1 to \\9 stand for the pattern's groups.")
            String substitution) {
        public PathRewrite {
            type = Objects.requireNonNullElse(type, RewriteType.REGEX_REPLACE);
        }
    }

    /** How a path changes. */
    public enum RewriteType {
        @JsonProperty("RegexReplace")
        REGEX_REPLACE
    }

    /** HTTP methods that our kinds can match (RFC 9110 9, RFC 5789); the same as an HTTPRoute's. */
    public enum Method {
        GET,
        HEAD,
        POST,
        PUT,
        DELETE,
        CONNECT,
        OPTIONS,
        TRACE,
        PATCH
    }
}
