package dev.moorgate.operator.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.Patterns;
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

/** What a RoutePolicy says of answers and copies. */
public final class RouteReplies {
    private RouteReplies() {}

    /** The body of the proxy's own replies of one status. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ErrorBody(
            @Required @Min(400) @Max(599) @JsonPropertyDescription("Status of the reply.")
            Integer statusCode,

            @Default("text/html; charset=utf-8")
            @Size(min = 1, max = 128)
            @Pattern(Patterns.MEDIA_TYPE)
            @JsonPropertyDescription("Media type of the body.")
            String contentType,

            @Required @Size(max = 65536) @JsonPropertyDescription("The body, sent as UTF-8.")
            String body) {
        public ErrorBody {
            contentType = Objects.requireNonNullElse(contentType, "text/html; charset=utf-8");
        }
    }

    /** Which answers are compressed, and how. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = RouteRules.ALGORITHMS_CEL, message = RouteRules.ALGORITHMS)
    @ValidationRule(value = RouteRules.CONTENT_TYPES_CEL, message = RouteRules.CONTENT_TYPES)
    public record Compression(
            @Size(max = 3)
            @JsonPropertyDescription(
                    "In order of preference: of those that a client likes best the first is taken. Empty: switches a wider policy's compression off. Absent: Zstd, Brotli, Gzip.")
            List<Algorithm> algorithms,

            @Default("Balanced") @JsonPropertyDescription("Processor time against size.")
            Level level,

            @Size(min = 1, max = 64)
            @JsonPropertyDescription(
                    "Media types of the answers, or all of a type such as text/*. Absent: those of text, such as text/html, application/json and image/svg+xml.")
            List<@Size(min = 3, max = 128) @Pattern(Patterns.MEDIA_RANGE) String> contentTypes,

            @Default("1024")
            @Min(0)
            @Max(1073741824)
            @JsonPropertyDescription("Bytes of an answer of known length below which it stays as it is.")
            Integer minSize) {
        /** What gains by it, and is no format that is compressed already. */
        public static final List<String> CONTENT_TYPES = List.of(
                "application/atom+xml",
                "application/dash+xml",
                "application/geo+json",
                "application/graphql-response+json",
                "application/javascript",
                "application/json",
                "application/ld+json",
                "application/manifest+json",
                "application/problem+json",
                "application/rss+xml",
                "application/vnd.api+json",
                "application/vnd.apple.mpegurl",
                "application/vnd.ms-fontobject",
                "application/wasm",
                "application/x-javascript",
                "application/x-ndjson",
                "application/xhtml+xml",
                "application/xml",
                "application/yaml",
                "font/otf",
                "font/ttf",
                "image/bmp",
                "image/svg+xml",
                "image/x-icon",
                "text/calendar",
                "text/css",
                "text/csv",
                "text/html",
                "text/javascript",
                "text/markdown",
                "text/plain",
                "text/vcard",
                "text/vtt",
                "text/xml");

        public Compression {
            algorithms = algorithms == null ? List.of(Algorithm.values()) : List.copyOf(algorithms);
            level = Objects.requireNonNullElse(level, Level.BALANCED);
            contentTypes = contentTypes == null ? CONTENT_TYPES : List.copyOf(contentTypes);
            minSize = Objects.requireNonNullElse(minSize, 1024);
        }

        /** Content codings, the first being what is best for size and time. */
        public enum Algorithm {
            @JsonProperty("Zstd")
            ZSTD,
            @JsonProperty("Brotli")
            BROTLI,
            @JsonProperty("Gzip")
            GZIP
        }

        /** Processor time against size. */
        public enum Level {
            @JsonProperty("Fast")
            FAST,
            @JsonProperty("Balanced")
            BALANCED,
            @JsonProperty("Small")
            SMALL
        }
    }

    /** Response headers that harden browsers. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record SecurityHeaders(
            @JsonPropertyDescription("Strict-Transport-Security, sent over HTTPS only. Absent: the application's own.")
            @Nullable
            Hsts hsts,

            @Default("true") @JsonPropertyDescription("Whether X-Content-Type-Options is nosniff.")
            Boolean noSniff,

            @JsonPropertyDescription("X-Frame-Options. Absent: the application's own.") @Nullable
            FrameOptions frameOptions,

            @JsonPropertyDescription("Referrer-Policy. Absent: the application's own.") @Nullable
            ReferrerPolicy referrerPolicy) {
        public SecurityHeaders {
            noSniff = Objects.requireNonNullElse(noSniff, true);
        }
    }

    /** Strict-Transport-Security (RFC 6797). */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = RouteRules.PRELOAD_CEL, message = RouteRules.PRELOAD)
    public record Hsts(
            @Default("8760h")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("How long browsers remember. 0s makes them forget.")
            String maxAge,

            @Default("false") @JsonPropertyDescription("Whether it holds for all subdomains.")
            Boolean includeSubDomains,

            @Default("false")
            @JsonPropertyDescription("Whether browsers may ship it; needs includeSubDomains and a year of maxAge.")
            Boolean preload) {
        public Hsts {
            maxAge = Objects.requireNonNullElse(maxAge, "8760h");
            includeSubDomains = Objects.requireNonNullElse(includeSubDomains, false);
            preload = Objects.requireNonNullElse(preload, false);
        }
    }

    /** Who may show the page in a frame. */
    public enum FrameOptions {
        @JsonProperty("Deny")
        DENY("DENY"),
        @JsonProperty("SameOrigin")
        SAME_ORIGIN("SAMEORIGIN");

        private final String value;

        FrameOptions(String value) {
            this.value = value;
        }

        /** As the header has it. */
        public String value() {
            return value;
        }
    }

    /** What browsers say of the page before. */
    public enum ReferrerPolicy {
        @JsonProperty("NoReferrer")
        NO_REFERRER("no-referrer"),
        @JsonProperty("Origin")
        ORIGIN("origin"),
        @JsonProperty("SameOrigin")
        SAME_ORIGIN("same-origin"),
        @JsonProperty("StrictOrigin")
        STRICT_ORIGIN("strict-origin"),
        @JsonProperty("StrictOriginWhenCrossOrigin")
        STRICT_ORIGIN_WHEN_CROSS_ORIGIN("strict-origin-when-cross-origin");

        private final String value;

        ReferrerPolicy(String value) {
            this.value = value;
        }

        /** As the header has it. */
        public String value() {
            return value;
        }
    }

    /** Cross-origin resource sharing (GEP-1767). */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Cors(
            @Required
            @Size(min = 1, max = 64)
            @JsonPropertyDescription("Origins that are let in: https://shop.example.com, https://*.example.com or *.")
            List<@Size(min = 1, max = 253) @Pattern("^([*]|[a-z][a-z0-9+.-]*://[A-Za-z0-9*.:\\[\\]-]+)$") String>
                    allowOrigins,

            @Default("false") @JsonPropertyDescription("Whether browsers may send cookies and credentials.")
            Boolean allowCredentials,

            @Size(max = 16) @JsonPropertyDescription("Methods beside GET, HEAD and POST, or *.")
            List<@Size(min = 1, max = 32) @Pattern("^([*]|[A-Z]+)$") String> allowMethods,

            @Size(max = 64) @JsonPropertyDescription("Request headers that scripts may set, or *.")
            List<@Size(min = 1, max = 128) @Pattern(Patterns.TOKEN) String> allowHeaders,

            @Size(max = 64) @JsonPropertyDescription("Response headers that scripts may read, or *.")
            List<@Size(min = 1, max = 128) @Pattern(Patterns.TOKEN) String> exposeHeaders,

            @Default("5s")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("How long browsers remember a preflight's answer.")
            String maxAge) {
        public Cors {
            allowOrigins = allowOrigins == null ? List.of() : List.copyOf(allowOrigins);
            allowCredentials = Objects.requireNonNullElse(allowCredentials, false);
            allowMethods = allowMethods == null ? List.of() : List.copyOf(allowMethods);
            allowHeaders = allowHeaders == null ? List.of() : List.copyOf(allowHeaders);
            exposeHeaders = exposeHeaders == null ? List.of() : List.copyOf(exposeHeaders);
            maxAge = Objects.requireNonNullElse(maxAge, "5s");
        }
    }

    /** A Service that gets a copy of requests. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Mirror(
            @Required @JsonPropertyDescription("The Service.")
            BackendRef backendRef,

            @Default("100") @Min(0) @Max(100) @JsonPropertyDescription("Share of requests.")
            Integer percent) {
        public Mirror {
            percent = Objects.requireNonNullElse(percent, 100);
        }
    }

    /** A Service's port. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record BackendRef(
            @Required
            @Size(min = 1, max = 253)
            @Pattern(Patterns.OBJECT_NAME)
            @JsonPropertyDescription("Name of the Service.")
            String name,

            @Size(min = 1, max = 63)
            @Pattern(Patterns.DNS_LABEL)
            @JsonPropertyDescription(
                    "Namespace of the Service; another one needs a ReferenceGrant there. Absent: the policy's own.")
            @Nullable
            String namespace,

            @Required @Min(1) @Max(65535) @JsonPropertyDescription("Port of the Service, by its number.")
            Integer port) {}
}
