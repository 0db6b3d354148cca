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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The four ways in which a StickyPolicy recognises a client, one record for each mode. */
public final class StickyTokens {
    private StickyTokens() {}

    /** The cookie made by the proxy (RFC 6265bis). */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.RESERVED_CEL, message = StickyRules.RESERVED)
    @ValidationRule(value = StickyRules.HOST_PREFIX_CEL, message = StickyRules.HOST_PREFIX)
    @ValidationRule(value = StickyRules.SECURE_PREFIX_CEL, message = StickyRules.SECURE_PREFIX)
    @ValidationRule(value = StickyRules.SAME_SITE_CEL, message = StickyRules.SAME_SITE)
    @ValidationRule(value = StickyRules.PARTITIONED_CEL, message = StickyRules.PARTITIONED)
    @ValidationRule(value = StickyRules.TWIN_CEL, message = StickyRules.TWIN)
    public record Cookie(
            @Size(min = 1, max = 128)
            @Pattern(Patterns.TOKEN)
            @JsonPropertyDescription(
                    "Name of the cookie. Absent: derived from the target; with the prefix __Host- where the cookie is secure, its path is / and it has no domain.")
            @Nullable
            String name,

            @Default("/")
            @Size(min = 1, max = 1024)
            @Pattern(Patterns.COOKIE_PATH)
            @JsonPropertyDescription("Path below which the client sends the cookie.")
            String path,

            @Size(min = 3, max = 253)
            @Pattern(Patterns.DOMAIN)
            @JsonPropertyDescription(
                    "Domain whose hosts all get the cookie. Absent: only the host that answered, which is safer.")
            @Nullable
            String domain,

            @Default("Auto")
            @JsonPropertyDescription("Whether the cookie is sent over TLS only. Auto: where the request came over TLS.")
            Secure secure,

            @Default("true") @JsonPropertyDescription("Whether scripts of the page are kept from reading the cookie.")
            Boolean httpOnly,

            @Default("Lax")
            @JsonPropertyDescription(
                    "Whether the cookie comes along with requests from other sites. With Strict a link from another site arrives without it and begins a new session.")
            SameSite sameSite,

            @Default("false")
            @JsonPropertyDescription("Whether an embedded page gets a cookie for each site that embeds it (CHIPS).")
            Boolean partitioned,

            @Default("false")
            @JsonPropertyDescription(
                    "Whether a second cookie with SameSite=None is set for requests from other sites (ALB's CORS twin).")
            Boolean crossSiteTwin,

            @Default("Session")
            @JsonPropertyDescription(
                    "Whether the cookie ends with the browser's session, or lives for absoluteTimeout (Permanent).")
            LifetimeType lifetimeType) {
        static final Cookie STANDARD =
                new Cookie(null, "/", null, Secure.AUTO, true, SameSite.LAX, false, false, LifetimeType.SESSION);

        public Cookie {
            path = Objects.requireNonNullElse(path, "/");
            secure = Objects.requireNonNullElse(secure, Secure.AUTO);
            httpOnly = Objects.requireNonNullElse(httpOnly, true);
            sameSite = Objects.requireNonNullElse(sameSite, SameSite.LAX);
            partitioned = Objects.requireNonNullElse(partitioned, false);
            crossSiteTwin = Objects.requireNonNullElse(crossSiteTwin, false);
            lifetimeType = Objects.requireNonNullElse(lifetimeType, LifetimeType.SESSION);
        }
    }

    /** Whether a cookie is sent over TLS only. */
    public enum Secure {
        @JsonProperty("Auto")
        AUTO,
        @JsonProperty("Always")
        ALWAYS,
        @JsonProperty("Never")
        NEVER
    }

    /** RFC 6265bis 5.6.7. */
    public enum SameSite {
        @JsonProperty("Strict")
        STRICT,
        @JsonProperty("Lax")
        LAX,
        @JsonProperty("None")
        NONE
    }

    /** Gateway API CookieLifetimeType. */
    public enum LifetimeType {
        @JsonProperty("Session")
        SESSION,
        @JsonProperty("Permanent")
        PERMANENT
    }

    /** The application's cookie: ours is issued when the application sets it and ends when the application deletes it. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.APP_RESERVED_CEL, message = StickyRules.RESERVED)
    public record AppCookie(
            @Required
            @Size(min = 1, max = 128)
            @Pattern(Patterns.TOKEN)
            @JsonPropertyDescription("Name of the application's cookie.")
            String name,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("Longest life of the session without a new Set-Cookie of the application.")
            @Nullable
            String ttl) {}

    /** The header whose value is the token. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.HEADER_NAME_CEL, message = StickyRules.HEADER_NAME)
    public record Header(
            @Required
            @Size(min = 1, max = 128)
            @Pattern(Patterns.TOKEN)
            @JsonPropertyDescription("Name of the header on requests and responses.")
            String name,

            @Default("Response") @JsonPropertyDescription("Where a new token is told to the client.")
            IssueOn issueOn) {
        public Header {
            issueOn = Objects.requireNonNullElse(issueOn, IssueOn.RESPONSE);
        }
    }

    /** Where a new token is told to the client. */
    public enum IssueOn {
        @JsonProperty("Response")
        RESPONSE
    }

    /** Consistent hashing of a part of the request, with a cap on an endpoint's load: weak affinity without state. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.HASH_NAME_CEL, message = StickyRules.HASH_NAME)
    public record Hash(
            @Required @JsonPropertyDescription("The part of the request that is hashed.")
            HashSource source,

            @Size(min = 1, max = 128)
            @Pattern(Patterns.TOKEN)
            @JsonPropertyDescription("Name of the header, cookie or query parameter; required for these three.")
            @Nullable
            String name,

            @Default("1.25")
            @Min(1)
            @Max(10)
            @JsonPropertyDescription(
                    "Most load of an endpoint against the mean of all; what exceeds it goes to the next endpoint.")
            Double boundedLoad) {
        public Hash {
            boundedLoad = Objects.requireNonNullElse(boundedLoad, 1.25);
        }
    }

    /** The part of the request that is hashed. */
    public enum HashSource {
        @JsonProperty("SourceIP")
        SOURCE_IP,
        @JsonProperty("Header")
        HEADER,
        @JsonProperty("Cookie")
        COOKIE,
        @JsonProperty("QueryParam")
        QUERY_PARAM,
        @JsonProperty("Path")
        PATH
    }
}
