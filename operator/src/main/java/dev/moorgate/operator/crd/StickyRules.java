package dev.moorgate.operator.crd;

import dev.moorgate.operator.crd.StickyPolicySpec.Mode;
import dev.moorgate.operator.crd.StickyPolicySpec.OnUnhealthy;
import dev.moorgate.operator.crd.StickyPolicySpec.Rebalance;
import dev.moorgate.operator.crd.StickyPolicySpec.RebalanceMode;
import dev.moorgate.operator.crd.StickyPolicySpec.Share;
import dev.moorgate.operator.crd.StickyScope.Skip;
import dev.moorgate.operator.crd.StickyScope.TargetRef;
import dev.moorgate.operator.crd.StickyTokens.Cookie;
import dev.moorgate.operator.crd.StickyTokens.Hash;
import dev.moorgate.operator.crd.StickyTokens.HashSource;
import dev.moorgate.operator.crd.StickyTokens.LifetimeType;
import dev.moorgate.operator.crd.StickyTokens.SameSite;
import dev.moorgate.operator.crd.StickyTokens.Secure;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a StickyPolicy's schema alone cannot say: each rule once as CEL for the API server, once as Java for manifests that no API
 * server has seen, with one sentence for both.
 */
final class StickyRules {
    static final String GROUP_CEL = "!has(self.group) || self.group == (self.kind == 'Service' ? '' :"
            + " self.kind == 'Ingress' ? 'networking.k8s.io' :"
            + " self.kind == 'XBackend' ? 'gateway.networking.x-k8s.io' : 'gateway.networking.k8s.io')";
    static final String GROUP =
            "group is not the kind's: leave it out, or write \"\" for Service, networking.k8s.io for Ingress,"
                    + " gateway.networking.k8s.io for HTTPRoute and GRPCRoute, gateway.networking.x-k8s.io for XBackend";

    static final String COOKIE_CEL = "!has(self.cookie) || self.mode in ['Cookie', 'AppCookie']";
    static final String COOKIE = "cookie belongs to the modes Cookie and AppCookie: set one of them, or remove cookie";
    static final String APP_COOKIE_CEL = "has(self.appCookie) == (self.mode == 'AppCookie')";
    static final String APP_COOKIE = "mode AppCookie needs appCookie, and no other mode has it";
    static final String APP_COOKIE_NAME_CEL = "!has(self.cookie) || !has(self.cookie.name) || !has(self.appCookie)"
            + " || self.cookie.name != self.appCookie.name";
    static final String APP_COOKIE_NAME =
            "cookie.name is the proxy's and appCookie.name the application's: give the proxy's another name";
    static final String HEADER_CEL = "has(self.header) == (self.mode == 'Header')";
    static final String HEADER = "mode Header needs header, and no other mode has it";
    static final String HASH_CEL = "has(self.hash) == (self.mode == 'Hash')";
    static final String HASH = "mode Hash needs hash, and no other mode has it";
    static final String HASH_TIMEOUTS_CEL =
            "self.mode != 'Hash' || !has(self.absoluteTimeout) && !has(self.idleTimeout)";
    static final String HASH_TIMEOUTS =
            "mode Hash keeps no session that could end: remove absoluteTimeout and idleTimeout";
    static final String PERMANENT_CEL =
            "!has(self.cookie) || self.cookie.lifetimeType != 'Permanent' || has(self.absoluteTimeout)";
    static final String PERMANENT = "a Permanent cookie lives for absoluteTimeout: set it, or use lifetimeType Session";
    static final String IDLE_CEL = "!has(self.idleTimeout) || !has(self.absoluteTimeout)"
            + " || duration(self.idleTimeout) <= duration(self.absoluteTimeout)";
    static final String IDLE = "idleTimeout must not be longer than absoluteTimeout";
    static final String WAIT_CEL = "!has(self.unhealthyWait) || self.onUnhealthy == 'Wait'";
    static final String WAIT = "unhealthyWait belongs to onUnhealthy Wait: set that, or remove unhealthyWait";
    static final String SHARE_CEL = "has(self.shareGroup) == (self.share == 'Group')";
    static final String SHARE = "share Group needs shareGroup, and share Backend has none";

    static final String SHARE_HASH_CEL = "self.mode != 'Hash' || self.share != 'Group'";
    static final String SHARE_HASH = "mode Hash keeps no sessions that could be shared: use share Backend";

    static final String HASH_SESSIONS_CEL = "self.mode != 'Hash' || !has(self.limits) && (!has(self.importCookies)"
            + " || size(self.importCookies) == 0) && (!has(self.rebalance) || self.rebalance.mode == 'Persistent')"
            + " && (!has(self.skip) || size(self.skip) == 0) && !self.retryMovesSession";
    static final String HASH_SESSIONS =
            "mode Hash keeps no sessions that could be counted, imported, moved or skipped: remove limits, importCookies,"
                    + " rebalance, skip and retryMovesSession";

    static final String ROTATION_CEL = "!has(self.rotation) || !has(self.keySecretRef)";
    static final String ROTATION =
            "rotation is of keys that the release makes, those of keySecretRef are changed in the Secret: remove one of them";

    static final String BUDGET_CEL = "self.mode == 'Budgeted' ? has(self.maxMovePercentPerMinute) && has(self.minIdle)"
            + " : !has(self.maxMovePercentPerMinute) && !has(self.minIdle)";
    static final String BUDGET = "mode Budgeted needs maxMovePercentPerMinute and minIdle, and no other mode has them";

    static final String RESERVED_CEL = "!has(self.name) || !self.name.startsWith('AWSALB')";
    static final String APP_RESERVED_CEL = "!self.name.startsWith('AWSALB')";
    static final String RESERVED = "names that begin with AWSALB are AWS load balancers' own: choose another";
    static final String HOST_PREFIX_CEL = "!has(self.name) || !self.name.lowerAscii().startsWith('__host-')"
            + " || self.path == '/' && !has(self.domain) && self.secure != 'Never'";
    static final String HOST_PREFIX =
            "browsers drop a __Host- cookie unless its path is \"/\", it has no domain and is secure";
    static final String SECURE_PREFIX_CEL =
            "!has(self.name) || !self.name.lowerAscii().startsWith('__secure-') || self.secure != 'Never'";
    static final String SECURE_PREFIX = "browsers drop a __Secure- cookie that is not secure: secure must not be Never";
    static final String SAME_SITE_CEL = "self.sameSite != 'None' || self.secure != 'Never'";
    static final String SAME_SITE =
            "browsers drop a cookie with SameSite=None that is not secure: secure must not be Never";
    static final String PARTITIONED_CEL = "!self.partitioned || self.secure != 'Never'";
    static final String PARTITIONED = "browsers drop a partitioned cookie that is not secure: secure must not be Never";
    static final String TWIN_CEL = "!self.crossSiteTwin || self.secure != 'Never'";
    static final String TWIN = "the twin has SameSite=None and must be secure: secure must not be Never";

    static final String HEADER_NAME_CEL =
            "!(self.name.lowerAscii() in ['authorization', 'connection', 'content-length',"
                    + " 'cookie', 'host', 'keep-alive', 'proxy-connection', 'set-cookie', 'te', 'trailer', 'transfer-encoding',"
                    + " 'upgrade'])";
    static final String HEADER_NAME = "HTTP itself uses this header: choose another name, such as X-Session";
    private static final Set<String> HTTP_HEADERS = Set.of(
            "authorization",
            "connection",
            "content-length",
            "cookie",
            "host",
            "keep-alive",
            "proxy-connection",
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    static final String HASH_NAME_CEL = "self.source in ['SourceIP', 'Path'] ? !has(self.name) : has(self.name)";
    static final String HASH_NAME = "Header, Cookie and QueryParam need a name, and SourceIP and Path have none";
    static final String SKIP_CEL = "has(self.path) || has(self.methods) && size(self.methods) > 0";
    static final String SKIP = "needs path or methods: an empty one would skip every request";
    static final String SKIP_PATH_CEL = "self.type == 'RegularExpression' || self.value.startsWith('/')";
    static final String SKIP_PATH = "a path begins with \"/\"";

    private StickyRules() {}

    static List<Violation> check(StickyPolicySpec spec) {
        Violation.Collector found = new Violation.Collector();
        targets(spec, found);
        tokens(spec, found);
        Rebalance rebalance = spec.rebalance();
        if (rebalance != null) {
            boolean budgeted = rebalance.mode() == RebalanceMode.BUDGETED;
            boolean fits = budgeted == (rebalance.maxMovePercentPerMinute() != null)
                    && budgeted == (rebalance.minIdle() != null);
            found.unless(fits, "spec.rebalance", BUDGET);
            found.duration("spec.rebalance.minIdle", rebalance.minIdle());
        }
        durations(spec, found);
        boolean persistent = rebalance == null || rebalance.mode() == RebalanceMode.PERSISTENT;
        found.unless(
                spec.mode() != Mode.HASH
                        || spec.limits() == null
                                && spec.importCookies().isEmpty()
                                && persistent
                                && spec.skip().isEmpty()
                                && !spec.retryMovesSession(),
                "spec.mode",
                HASH_SESSIONS);
        found.unless(
                spec.unhealthyWait() == null || spec.onUnhealthy() == OnUnhealthy.WAIT, "spec.unhealthyWait", WAIT);
        found.unless((spec.shareGroup() != null) == (spec.share() == Share.GROUP), "spec.shareGroup", SHARE);
        found.unless(spec.mode() != Mode.HASH || spec.share() != Share.GROUP, "spec.share", SHARE_HASH);
        for (int i = 0; i < spec.skip().size(); i++) {
            Skip skip = spec.skip().get(i);
            String field = "spec.skip[" + i + "]";
            Skip.Path path = skip.path();
            found.unless(path != null || !skip.methods().isEmpty(), field, SKIP);
            found.unless(
                    path == null
                            || path.type() == Skip.PathType.REGULAR_EXPRESSION
                            || path.value().startsWith("/"),
                    field + ".path.value",
                    SKIP_PATH);
        }
        return found.list();
    }

    private static void targets(StickyPolicySpec spec, Violation.Collector found) {
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef target = spec.targetRefs().get(i);
            String group = target.group();
            found.unless(
                    group == null || group.equals(target.kind().group()), "spec.targetRefs[" + i + "].group", GROUP);
        }
    }

    private static void tokens(StickyPolicySpec spec, Violation.Collector found) {
        Mode mode = spec.mode();
        found.unless(spec.cookie() == null || mode == Mode.COOKIE || mode == Mode.APP_COOKIE, "spec.cookie", COOKIE);
        found.unless((spec.appCookie() != null) == (mode == Mode.APP_COOKIE), "spec.appCookie", APP_COOKIE);
        found.unless((spec.header() != null) == (mode == Mode.HEADER), "spec.header", HEADER);
        found.unless((spec.hash() != null) == (mode == Mode.HASH), "spec.hash", HASH);
        Cookie cookie = spec.cookie();
        if (cookie != null) {
            cookie(cookie, found);
            found.unless(
                    cookie.lifetimeType() != LifetimeType.PERMANENT || spec.absoluteTimeout() != null,
                    "spec.cookie.lifetimeType",
                    PERMANENT);
        }
        if (spec.appCookie() != null) {
            found.unless(!spec.appCookie().name().startsWith("AWSALB"), "spec.appCookie.name", RESERVED);
            found.positive("spec.appCookie.ttl", spec.appCookie().ttl());
            found.unless(
                    cookie == null || !spec.appCookie().name().equals(cookie.name()),
                    "spec.cookie.name",
                    APP_COOKIE_NAME);
        }
        if (spec.header() != null) {
            String name = spec.header().name().toLowerCase(Locale.ROOT);
            found.unless(!HTTP_HEADERS.contains(name), "spec.header.name", HEADER_NAME);
        }
        Hash hash = spec.hash();
        if (hash != null) {
            boolean nameless = hash.source() == HashSource.SOURCE_IP || hash.source() == HashSource.PATH;
            found.unless(nameless == (hash.name() == null), "spec.hash.name", HASH_NAME);
        }
    }

    private static void cookie(Cookie cookie, Violation.Collector found) {
        boolean maySecure = cookie.secure() != Secure.NEVER;
        String name = cookie.name();
        if (name != null) {
            String lower = name.toLowerCase(Locale.ROOT);
            found.unless(!name.startsWith("AWSALB"), "spec.cookie.name", RESERVED);
            found.unless(
                    !lower.startsWith("__host-") || cookie.path().equals("/") && cookie.domain() == null && maySecure,
                    "spec.cookie.name",
                    HOST_PREFIX);
            found.unless(!lower.startsWith("__secure-") || maySecure, "spec.cookie.name", SECURE_PREFIX);
        }
        found.unless(cookie.sameSite() != SameSite.NONE || maySecure, "spec.cookie.sameSite", SAME_SITE);
        found.unless(!cookie.partitioned() || maySecure, "spec.cookie.partitioned", PARTITIONED);
        found.unless(!cookie.crossSiteTwin() || maySecure, "spec.cookie.crossSiteTwin", TWIN);
    }

    private static void durations(StickyPolicySpec spec, Violation.Collector found) {
        found.unless(
                spec.mode() != Mode.HASH || spec.absoluteTimeout() == null && spec.idleTimeout() == null,
                "spec.mode",
                HASH_TIMEOUTS);
        var absolute = found.positive("spec.absoluteTimeout", spec.absoluteTimeout());
        var idle = found.positive("spec.idleTimeout", spec.idleTimeout());
        if (absolute.isPresent() && idle.isPresent()) {
            found.unless(idle.get().compareTo(absolute.get()) <= 0, "spec.idleTimeout", IDLE);
        }
        found.positive("spec.unhealthyWait", spec.unhealthyWait());
        found.duration("spec.drainDeadline", spec.drainDeadline());
        var signing = spec.signing();
        if (signing != null && signing.rotation() != null) {
            found.unless(signing.keySecretRef() == null, "spec.signing.rotation", ROTATION);
            found.positive("spec.signing.rotation.interval", signing.rotation().interval());
            found.positive("spec.signing.rotation.overlap", signing.rotation().overlap());
        }
    }
}
