package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Token;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Sticky sessions with everything that they can say. */
final class SessionSamples {
    private SessionSamples() {}

    static StickySession session(String id, Token token) {
        return new StickySession(
                        id,
                        SourceRef.of("StickyPolicy", "shop", id),
                        token,
                        StickySession.Binding.POD_UID,
                        "moorgate",
                        Optional.of(Duration.ofDays(1)),
                        Optional.of(Duration.ofMinutes(30)),
                        StickySession.Unhealthy.WAIT,
                        Duration.ofMillis(2500),
                        StickySession.Draining.KEEP,
                        StickySession.EmptyPool.REPOOL,
                        StickySession.ZeroWeight.NO_NEW_SESSIONS,
                        true,
                        true)
                .seated(
                        new StickySession.Limits(500, 150),
                        List.of(
                                new StickySession.ImportedCookie(
                                        StickySession.Form.INGRESS_NGINX,
                                        "INGRESSCOOKIE",
                                        OptionalLong.of(1_800_000_000L),
                                        List.of(new StickySession.OldBackend("shop/cart/8443", "shop-cart-8443"))),
                                new StickySession.ImportedCookie(
                                        StickySession.Form.OPAQUE, "route", OptionalLong.empty(), List.of())),
                        new StickySession.Steering(
                                List.of("cart-0/8443"),
                                Optional.of(new StickySession.Rebalance(
                                        1_763_800_000L,
                                        List.of(new StickySession.Share("cart-1/8443", 2_500)),
                                        5,
                                        Duration.ofMinutes(1))),
                                List.of(new StickySession.Drain("cart-2/8443", 1_763_800_060L))))
                .beginning(
                        List.of(new StickySession.Skip(RouteMatch.PathMatch.prefix("/static"), List.of("GET", "HEAD"))),
                        token instanceof Token.Cookie
                                ? Optional.of(
                                        new StickySession.AppCookie("JSESSIONID", Optional.of(Duration.ofHours(2))))
                                : Optional.empty())
                .leaving(true, Duration.ofMinutes(10), true)
                .carried(Optional.of("sid-cors"), KeyRing.Algorithm.HMAC_SHA256);
    }
}
