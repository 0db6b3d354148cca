package dev.moorgate.dataplane.kit;

import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** A table whose only upstream has the session {@code cart}, with the cookie {@code mg} and the key {@code k1}. */
public final class Sticky {
    private static final KeyRing KEYS = new KeyRing(
            "ring",
            List.of(new KeyRing.SessionKey(
                    "k1", new Redacted(Base64.getEncoder().encodeToString(new byte[32])))));
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
        return to(SESSION.with(limits, imports, StickySession.Steering.NONE), upstreams);
    }

    /** The session that the others begin with, for tests that change it. */
    public static StickySession plain() {
        return SESSION;
    }

    /** Everything to these endpoints by a session of the test's own, with the key {@code k1}. */
    public static Setup to(StickySession session, ScriptedUpstream... upstreams) {
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
                .session(session, KEYS);
    }

    private Sticky() {}
}
