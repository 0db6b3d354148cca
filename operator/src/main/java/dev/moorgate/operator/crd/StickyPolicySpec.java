package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.StickyScope.ImportCookie;
import dev.moorgate.operator.crd.StickyScope.Skip;
import dev.moorgate.operator.crd.StickyScope.TargetRef;
import dev.moorgate.operator.crd.StickyTokens.AppCookie;
import dev.moorgate.operator.crd.StickyTokens.Cookie;
import dev.moorgate.operator.crd.StickyTokens.Hash;
import dev.moorgate.operator.crd.StickyTokens.Header;
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
 * What a StickyPolicy asks for. Absent fields take the same defaults here that the API server gives them, so that manifests read
 * without one mean the same.
 */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = StickyRules.COOKIE_CEL, message = StickyRules.COOKIE)
@ValidationRule(value = StickyRules.APP_COOKIE_CEL, message = StickyRules.APP_COOKIE)
@ValidationRule(value = StickyRules.APP_COOKIE_NAME_CEL, message = StickyRules.APP_COOKIE_NAME)
@ValidationRule(value = StickyRules.HEADER_CEL, message = StickyRules.HEADER)
@ValidationRule(value = StickyRules.HASH_CEL, message = StickyRules.HASH)
@ValidationRule(value = StickyRules.HASH_TIMEOUTS_CEL, message = StickyRules.HASH_TIMEOUTS)
@ValidationRule(value = StickyRules.PERMANENT_CEL, message = StickyRules.PERMANENT)
@ValidationRule(value = StickyRules.IDLE_CEL, message = StickyRules.IDLE)
@ValidationRule(value = StickyRules.WAIT_CEL, message = StickyRules.WAIT)
@ValidationRule(value = StickyRules.SHARE_CEL, message = StickyRules.SHARE)
@ValidationRule(value = StickyRules.SHARE_HASH_CEL, message = StickyRules.SHARE_HASH)
@ValidationRule(value = StickyRules.HASH_SESSIONS_CEL, message = StickyRules.HASH_SESSIONS)
public record StickyPolicySpec(
        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "What is sticky: Services, XBackends, Ingresses, HTTPRoutes or GRPCRoutes of this namespace. The most specific policy wins: rule, then route or Ingress, then Service; among equals the oldest.")
        List<TargetRef> targetRefs,

        @Default("Cookie")
        @JsonPropertyDescription(
                "How a client is recognised: a cookie made by the proxy (Cookie), the application's own cookie followed (AppCookie), a header for gRPC and API clients (Header), or a hash of the request without any token (Hash).")
        Mode mode,

        @JsonPropertyDescription("The proxy's cookie; with the modes Cookie and AppCookie.") @Nullable
        Cookie cookie,

        @JsonPropertyDescription("The application's cookie; with mode AppCookie, and required there.") @Nullable
        AppCookie appCookie,

        @JsonPropertyDescription("The header; with mode Header, and required there.") @Nullable
        Header header,

        @JsonPropertyDescription("What is hashed; with mode Hash, and required there.") @Nullable
        Hash hash,

        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription("Ends a session this long after it began, however busy (such as 8h). Absent: never.")
        @Nullable
        String absoluteTimeout,

        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription("Ends a session this long after its last request (such as 30m). Absent: never.")
        @Nullable
        String idleTimeout,

        @Default("PodUID")
        @JsonPropertyDescription(
                "What a session is bound to: the pod (PodUID), its name, so that a session survives a restart of the same ordinal of a StatefulSet (PodName), or its address and port (Endpoint).")
        Binding binding,

        @JsonPropertyDescription("How tokens are protected. Absent: the release's own key ring.") @Nullable
        Signing signing,

        @Default("Rebalance")
        @JsonPropertyDescription(
                "When the session's endpoint is unhealthy: move to another (Rebalance), wait for it for unhealthyWait (Wait), or answer 503 (Fail).")
        OnUnhealthy onUnhealthy,

        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription("How long onUnhealthy Wait waits before it moves the session. Absent: 5s.")
        @Nullable
        String unhealthyWait,

        @Default("Keep")
        @JsonPropertyDescription(
                "When the session's pod terminates: stay while it still serves (Keep), or move at once (Rebalance). New sessions never go to a terminating pod.")
        OnDraining onDraining,

        @Default("30m")
        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @JsonPropertyDescription(
                "Longest stay of a session on a terminating pod, which ends with the pod's own grace period in any case. 0s: no other end.")
        String drainDeadline,

        @Default("Repool")
        @JsonPropertyDescription(
                "When the session's backend of a split has no endpoint: choose another backend (Repool), or answer 503 (Fail).")
        OnEmptyPool onEmptyPool,

        @Default("false")
        @JsonPropertyDescription(
                "Whether a session that had to move goes back when its first endpoint returns. False: it stays on the new one.")
        Boolean returnToOrigin,

        @Default("false")
        @JsonPropertyDescription(
                "Whether a request retried on another endpoint moves its session there. False: the session stays.")
        Boolean retryMovesSession,

        @Default("PerBackend")
        @JsonPropertyDescription(
                "With weighted backends: weights choose for each request and each backend keeps a session of its own (PerBackend, GEP-1619), or the first choice is kept too (StickToBackend).")
        TrafficSplit trafficSplit,

        @Default("NoNewSessions")
        @JsonPropertyDescription(
                "When the session's backend has weight 0: keep its sessions and give it no new ones (NoNewSessions), or move them (Move).")
        OnZeroWeight onZeroWeight,

        @JsonPropertyDescription("Whether sessions move when endpoints are added. Absent: they do not.") @Nullable
        Rebalance rebalance,

        @JsonPropertyDescription("Caps past which new sessions go elsewhere. Absent: none.") @Nullable
        Limits limits,

        @Default("false")
        @JsonPropertyDescription("Whether the token is removed before a request goes on to the application.")
        Boolean stripFromUpstream,

        @Default("true")
        @JsonPropertyDescription(
                "Whether responses that carry a new cookie get Cache-Control: private, so that no cache hands it to others.")
        Boolean noStore,

        @Size(max = 16)
        @JsonPropertyDescription(
                "Requests that begin no session, such as health checks and static files; sessions that exist are honoured.")
        List<Skip> skip,

        @Size(max = 4)
        @JsonPropertyDescription(
                "Cookies of the balancer that was here before: read once, then replaced, so that a migration loses no session.")
        List<ImportCookie> importCookies,

        @Default("Backend")
        @JsonPropertyDescription(
                "Who shares sessions: the targets of this policy (Backend), or all policies of the namespace with the same shareGroup, which differ in targetRefs only (Group).")
        Share share,

        @Size(min = 1, max = 63)
        @Pattern(Patterns.DNS_LABEL)
        @JsonPropertyDescription("Name of the group; with share Group, and required there.")
        @Nullable
        String shareGroup) {

    public StickyPolicySpec {
        targetRefs = targetRefs == null ? List.of() : List.copyOf(targetRefs);
        mode = Objects.requireNonNullElse(mode, Mode.COOKIE);
        binding = Objects.requireNonNullElse(binding, Binding.POD_UID);
        onUnhealthy = Objects.requireNonNullElse(onUnhealthy, OnUnhealthy.REBALANCE);
        onDraining = Objects.requireNonNullElse(onDraining, OnDraining.KEEP);
        drainDeadline = Objects.requireNonNullElse(drainDeadline, "30m");
        onEmptyPool = Objects.requireNonNullElse(onEmptyPool, OnEmptyPool.REPOOL);
        returnToOrigin = Objects.requireNonNullElse(returnToOrigin, false);
        retryMovesSession = Objects.requireNonNullElse(retryMovesSession, false);
        trafficSplit = Objects.requireNonNullElse(trafficSplit, TrafficSplit.PER_BACKEND);
        onZeroWeight = Objects.requireNonNullElse(onZeroWeight, OnZeroWeight.NO_NEW_SESSIONS);
        stripFromUpstream = Objects.requireNonNullElse(stripFromUpstream, false);
        noStore = Objects.requireNonNullElse(noStore, true);
        skip = skip == null ? List.of() : List.copyOf(skip);
        importCookies = importCookies == null ? List.of() : List.copyOf(importCookies);
        share = Objects.requireNonNullElse(share, Share.BACKEND);
    }

    /** The cookie in force with the modes Cookie and AppCookie: the one given, else all defaults. */
    public Cookie cookieInForce() {
        return cookie != null ? cookie : Cookie.STANDARD;
    }

    /** How a client is recognised. */
    public enum Mode {
        @JsonProperty("Cookie")
        COOKIE,
        @JsonProperty("AppCookie")
        APP_COOKIE,
        @JsonProperty("Header")
        HEADER,
        @JsonProperty("Hash")
        HASH
    }

    /** What a session is bound to. */
    public enum Binding {
        @JsonProperty("PodUID")
        POD_UID,
        @JsonProperty("PodName")
        POD_NAME,
        @JsonProperty("Endpoint")
        ENDPOINT
    }

    /** What happens to a session whose endpoint is unhealthy. */
    public enum OnUnhealthy {
        @JsonProperty("Rebalance")
        REBALANCE,
        @JsonProperty("Wait")
        WAIT,
        @JsonProperty("Fail")
        FAIL
    }

    /** What happens to a session whose pod terminates. */
    public enum OnDraining {
        @JsonProperty("Keep")
        KEEP,
        @JsonProperty("Rebalance")
        REBALANCE
    }

    /** What happens to a session whose backend has no endpoint. */
    public enum OnEmptyPool {
        @JsonProperty("Repool")
        REPOOL,
        @JsonProperty("Fail")
        FAIL
    }

    /** Whether a session keeps the backend that the weights chose first. */
    public enum TrafficSplit {
        @JsonProperty("PerBackend")
        PER_BACKEND,
        @JsonProperty("StickToBackend")
        STICK_TO_BACKEND
    }

    /** What happens to a session whose backend has weight 0 now. */
    public enum OnZeroWeight {
        @JsonProperty("NoNewSessions")
        NO_NEW_SESSIONS,
        @JsonProperty("Move")
        MOVE
    }

    /** Who shares a session. */
    public enum Share {
        @JsonProperty("Backend")
        BACKEND,
        @JsonProperty("Group")
        GROUP
    }

    /** How tokens are protected. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.ROTATION_CEL, message = StickyRules.ROTATION)
    public record Signing(
            @JsonPropertyDescription(
                    "Secret with the keys. Several keys may live in it: the newest signs, all verify. Absent: the release's own key ring.")
            @Nullable
            SecretRef keySecretRef,

            @Default("AES-256-GCM")
            @JsonPropertyDescription("AES-256-GCM hides the target; HMAC-SHA256 only protects it from change.")
            Algorithm algorithm,

            @JsonPropertyDescription(
                    "Keys of the policy's own, made by the controller. Absent: those of the release, a new one every 30 days.")
            @Nullable
            Rotation rotation) {
        public Signing {
            algorithm = Objects.requireNonNullElse(algorithm, Algorithm.AES_256_GCM);
        }
    }

    /** How tokens are protected. */
    public enum Algorithm {
        @JsonProperty("AES-256-GCM")
        AES_256_GCM,
        @JsonProperty("HMAC-SHA256")
        HMAC_SHA256
    }

    /** A Secret by name; in another namespace only with a ReferenceGrant there. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record SecretRef(
            @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the Secret.")
            String name,

            @Size(min = 1, max = 63)
            @Pattern(Patterns.DNS_LABEL)
            @JsonPropertyDescription(
                    "Namespace of the Secret; another one needs a ReferenceGrant there. Absent: the policy's own.")
            @Nullable
            String namespace) {}

    /** How often keys change. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Rotation(
            @Default("720h")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("Time between two keys.")
            String interval,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription(
                    "How long a key that signs no more still verifies. Absent: absoluteTimeout, and 168h at least, and a day.")
            @Nullable
            String overlap) {
        public Rotation {
            interval = Objects.requireNonNullElse(interval, "720h");
        }
    }

    /** Whether and how fast sessions move to endpoints that are new. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = StickyRules.BUDGET_CEL, message = StickyRules.BUDGET)
    public record Rebalance(
            @Default("Persistent")
            @JsonPropertyDescription(
                    "Never move (Persistent), move the share that evens the load at once (Balanced), or move that share slowly (Budgeted).")
            RebalanceMode mode,

            @Min(1)
            @Max(100)
            @JsonPropertyDescription("With Budgeted: most sessions moved in a minute, in percent.")
            @Nullable
            Integer maxMovePercentPerMinute,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("With Budgeted: only sessions idle for this long are moved.")
            @Nullable
            String minIdle) {
        public Rebalance {
            mode = Objects.requireNonNullElse(mode, RebalanceMode.PERSISTENT);
        }
    }

    /** Whether sessions move to endpoints that are new. */
    public enum RebalanceMode {
        @JsonProperty("Persistent")
        PERSISTENT,
        @JsonProperty("Balanced")
        BALANCED,
        @JsonProperty("Budgeted")
        BUDGETED
    }

    /** Caps past which new sessions go to another endpoint. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Limits(
            @Min(1)
            @JsonPropertyDescription("Most sessions of one endpoint; approximate with several replicas.")
            @Nullable
            Integer maxSessionsPerEndpoint,

            @Min(1)
            @JsonPropertyDescription("Most sessions of one endpoint against the mean of all (1.5: half as many again).")
            @Nullable
            Double maxSkew) {}
}
