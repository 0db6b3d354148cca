package dev.moorgate.dataplane.kit;

import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** A table whose only upstream has the session {@code cart}, with the cookie {@code mg} and the key {@code k1}. */
public final class Sticky {
    private static final KeyRing KEYS = ring(List.of("k1"));
    private static final StickySession SESSION = new StickySession(
            "cart",
            Setup.SOURCE,
            new StickySession.Token.Cookie(
                    "mg",
                    "/",
                    Optional.empty(),
                    StickySession.Secure.AUTO,
                    true,
                    StickySession.SameSite.LAX,
                    false,
                    Optional.empty()),
            StickySession.Binding.POD_UID,
            "ring",
            Optional.empty(),
            Optional.empty(),
            StickySession.Unhealthy.REBALANCE,
            Duration.ZERO,
            StickySession.Draining.KEEP,
            StickySession.EmptyPool.FAIL,
            StickySession.ZeroWeight.NO_NEW_SESSIONS,
            true,
            true);

    /** Everything to these endpoints, each client to its own. */
    public static Setup to(ScriptedUpstream... upstreams) {
        return to(SESSION, upstreams);
    }

    /** The same with limits and cookies of another balancer. */
    public static Setup to(
            StickySession.Limits limits, List<StickySession.ImportedCookie> imports, ScriptedUpstream... upstreams) {
        return to(SESSION.seated(limits, imports, StickySession.Steering.NONE), upstreams);
    }

    /** The session that the others begin with, for tests that change it. */
    public static StickySession plain() {
        return SESSION;
    }

    /** The same session, but one that leaves an upstream whose endpoints are all down for another of the split. */
    public static StickySession repooling() {
        return new StickySession(
                SESSION.id(),
                SESSION.source(),
                SESSION.token(),
                SESSION.binding(),
                SESSION.keyRing(),
                SESSION.absoluteTimeout(),
                SESSION.idleTimeout(),
                SESSION.onUnhealthy(),
                SESSION.unhealthyWait(),
                SESSION.onDraining(),
                StickySession.EmptyPool.REPOOL,
                SESSION.onZeroWeight(),
                SESSION.stripFromUpstream(),
                SESSION.noStore());
    }

    /** Everything to these endpoints by a session of the test's own, with the key {@code k1}. */
    public static Setup to(StickySession session, ScriptedUpstream... upstreams) {
        return to(session, KEYS, upstreams);
    }

    /** Everything to these endpoints with the keys of these names: the first signs, all verify. */
    public static Setup signedWith(List<String> kids, ScriptedUpstream... upstreams) {
        return to(SESSION, ring(kids), upstreams);
    }

    /** A key of its own to each name. */
    private static KeyRing ring(List<String> kids) {
        return new KeyRing(
                "ring",
                kids.stream()
                        .map(kid -> {
                            byte[] secret = Arrays.copyOf(kid.getBytes(StandardCharsets.US_ASCII), 32);
                            return new KeyRing.SessionKey(
                                    kid, new Redacted(Base64.getEncoder().encodeToString(secret)));
                        })
                        .toList());
    }

    private static Setup to(StickySession session, KeyRing keys, ScriptedUpstream... upstreams) {
        Upstream plain = Upstream.http(Setup.UPSTREAM, Setup.SOURCE);
        return Setup.to(upstreams)
                .upstream(new Upstream(
                        plain.name(),
                        plain.source(),
                        plain.protocol(),
                        plain.balancing(),
                        Optional.of(session.id()),
                        plain.healthCheck(),
                        plain.outlierDetection(),
                        plain.limits(),
                        plain.tls()))
                .session(session, keys);
    }

    private Sticky() {}
}
